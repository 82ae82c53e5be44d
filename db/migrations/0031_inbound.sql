ALTER TABLE "calls" ADD COLUMN "verified_by" text;--> statement-breakpoint
ALTER TABLE "call_preferences" ADD COLUMN "trusts_attestation" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "call_preferences" ADD COLUMN "pin_hash" "bytea";--> statement-breakpoint
ALTER TABLE "call_preferences" ADD COLUMN "pin_failures" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "calls" ADD CONSTRAINT "calls_verified_by" CHECK ("calls"."verified_by" in ('attestation', 'pin'));