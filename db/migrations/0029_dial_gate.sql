CREATE TABLE "call_preferences" (
	"user_id" uuid PRIMARY KEY NOT NULL,
	"windows" jsonb,
	"attempts_per_day" integer,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "call_preferences_attempts" CHECK ("call_preferences"."attempts_per_day" between 0 and 50)
);
--> statement-breakpoint
CREATE TABLE "consent_questions" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"phone_number" text NOT NULL,
	"text_shown" text NOT NULL,
	"asked_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"answered_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "consents" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"phone_number" text NOT NULL,
	"kind" text NOT NULL,
	"given" text NOT NULL,
	"text_shown" text NOT NULL,
	"attested_by" text,
	"call_id" uuid,
	"at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"withdrawn_at" timestamp (3) with time zone,
	CONSTRAINT "consents_kind" CHECK ("consents"."kind" in ('calls', 'texts', 'voicemail', 'recording')),
	CONSTRAINT "consents_given" CHECK ("consents"."given" in ('web', 'text', 'voice', 'inbound', 'attested')),
	CONSTRAINT "consents_attested" CHECK (("consents"."given" = 'attested') = ("consents"."attested_by" is not null))
);
--> statement-breakpoint
CREATE TABLE "dial_decisions" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"to_number" text NOT NULL,
	"call_id" uuid,
	"user_id" uuid,
	"stage" text NOT NULL,
	"allowed" boolean NOT NULL,
	"rule" text,
	"facts" jsonb NOT NULL,
	CONSTRAINT "dial_decisions_stage" CHECK ("dial_decisions"."stage" in ('ask', 'hold', 'dial')),
	CONSTRAINT "dial_decisions_rule" CHECK ("dial_decisions"."allowed" = ("dial_decisions"."rule" is null))
);
--> statement-breakpoint
CREATE TABLE "dial_intents" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"call_id" uuid NOT NULL,
	"attempt" integer NOT NULL,
	"to_number" text NOT NULL,
	"state" text DEFAULT 'intended' NOT NULL,
	"carrier_sid" text,
	"outcome" text,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"ended_at" timestamp (3) with time zone,
	CONSTRAINT "dial_intents_carrierSid_unique" UNIQUE("carrier_sid"),
	CONSTRAINT "dial_intents_callId_attempt_unique" UNIQUE("call_id","attempt"),
	CONSTRAINT "dial_intents_state" CHECK ("dial_intents"."state" in ('intended', 'dialed', 'unknown', 'refused', 'over'))
);
--> statement-breakpoint
CREATE TABLE "dial_pace" (
	"id" integer PRIMARY KEY DEFAULT 1 NOT NULL,
	"next_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "dial_pace_single" CHECK ("dial_pace"."id" = 1)
);
--> statement-breakpoint
CREATE TABLE "number_proofs" (
	"phone_number" text PRIMARY KEY NOT NULL,
	"how" text NOT NULL,
	"at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "number_proofs_how" CHECK ("number_proofs"."how" in ('code', 'text'))
);
--> statement-breakpoint
ALTER TABLE "suppressions" DROP CONSTRAINT "suppressions_source";--> statement-breakpoint
ALTER TABLE "settings" ADD COLUMN "version" integer DEFAULT 1 NOT NULL;--> statement-breakpoint
ALTER TABLE "calls" ADD COLUMN "attempts" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "calls" ADD COLUMN "max_attempts" integer DEFAULT 1 NOT NULL;--> statement-breakpoint
ALTER TABLE "calls" ADD COLUMN "dial_after" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "calls" ADD COLUMN "slot_taken" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "users" ADD COLUMN "zone_stated" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "call_preferences" ADD CONSTRAINT "call_preferences_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "consents" ADD CONSTRAINT "consents_call_id_calls_id_fk" FOREIGN KEY ("call_id") REFERENCES "public"."calls"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "dial_intents" ADD CONSTRAINT "dial_intents_call_id_calls_id_fk" FOREIGN KEY ("call_id") REFERENCES "public"."calls"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "consent_questions_phone_number_asked_at_index" ON "consent_questions" USING btree ("phone_number","asked_at");--> statement-breakpoint
CREATE UNIQUE INDEX "consents_in_force" ON "consents" USING btree ("phone_number","kind") WHERE "consents"."withdrawn_at" is null;--> statement-breakpoint
CREATE INDEX "dial_decisions_to_number_at_index" ON "dial_decisions" USING btree ("to_number","at");--> statement-breakpoint
CREATE INDEX "dial_decisions_call_id_index" ON "dial_decisions" USING btree ("call_id");--> statement-breakpoint
CREATE INDEX "dial_intents_to_number_created_at_index" ON "dial_intents" USING btree ("to_number","created_at");--> statement-breakpoint
CREATE INDEX "dial_intents_created_at_index" ON "dial_intents" USING btree ("created_at");--> statement-breakpoint
CREATE INDEX "calls_under_way" ON "calls" USING btree ("to_number") WHERE "calls"."state" in ('dialing', 'ringing', 'live');--> statement-breakpoint
CREATE INDEX "calls_waiting" ON "calls" USING btree ("dial_after") WHERE "calls"."state" = 'planned';--> statement-breakpoint
ALTER TABLE "calls" ADD CONSTRAINT "calls_attempts" CHECK ("calls"."attempts" >= 0 and "calls"."max_attempts" between 1 and 3);--> statement-breakpoint
ALTER TABLE "suppressions" ADD CONSTRAINT "suppressions_source" CHECK ("suppressions"."source" in ('voice', 'key', 'text', 'web', 'admin', 'wrong-number'));