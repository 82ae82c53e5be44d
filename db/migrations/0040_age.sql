ALTER TABLE "consents" DROP CONSTRAINT "consents_kind";--> statement-breakpoint
ALTER TABLE "users" ADD COLUMN "age_band" text;--> statement-breakpoint
ALTER TABLE "consents" ADD CONSTRAINT "consents_kind" CHECK ("consents"."kind" in ('calls', 'texts', 'voicemail', 'recording', 'guardian', 'adult'));--> statement-breakpoint
ALTER TABLE "users" ADD CONSTRAINT "users_age_band" CHECK ("users"."age_band" in ('adult', 'minor'));