CREATE TABLE "call_events" (
	"call_id" uuid NOT NULL,
	"user_id" uuid NOT NULL,
	"flush" integer NOT NULL,
	"core_version" integer NOT NULL,
	"config" jsonb,
	"events" jsonb NOT NULL,
	"effects_digest" text NOT NULL,
	"at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "call_events_call_id_flush_pk" PRIMARY KEY("call_id","flush")
);
--> statement-breakpoint
CREATE TABLE "call_turns" (
	"call_id" uuid NOT NULL,
	"user_id" uuid NOT NULL,
	"seq" integer NOT NULL,
	"speaker" text NOT NULL,
	"text" text NOT NULL,
	"interrupted" boolean DEFAULT false NOT NULL,
	"at_ms" integer NOT NULL,
	"timings" jsonb,
	CONSTRAINT "call_turns_call_id_seq_pk" PRIMARY KEY("call_id","seq")
);
--> statement-breakpoint
CREATE TABLE "calls" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"user_id" uuid NOT NULL,
	"persona" text NOT NULL,
	"direction" text NOT NULL,
	"to_number" text NOT NULL,
	"from_number" text NOT NULL,
	"state" text DEFAULT 'planned' NOT NULL,
	"carrier_sid" text,
	"carrier_status" text,
	"carrier_sequence" integer DEFAULT -1 NOT NULL,
	"carrier_duration_seconds" integer,
	"answered_by" text,
	"stream_token_hash" "bytea",
	"stream_sid" text,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"answered_at" timestamp (3) with time zone,
	"ended_at" timestamp (3) with time zone,
	"end_reason" text,
	CONSTRAINT "calls_carrierSid_unique" UNIQUE("carrier_sid"),
	CONSTRAINT "calls_state" CHECK ("calls"."state" in ('planned', 'dialing', 'ringing', 'live', 'ended')),
	CONSTRAINT "calls_direction" CHECK ("calls"."direction" in ('outbound', 'inbound')),
	CONSTRAINT "calls_ended" CHECK (("calls"."state" = 'ended') = ("calls"."ended_at" is not null))
);
--> statement-breakpoint
CREATE TABLE "call_cost_breakdowns" (
	"call_id" uuid PRIMARY KEY NOT NULL,
	"user_id" uuid NOT NULL,
	"services" jsonb NOT NULL,
	"subtotal_cents" integer NOT NULL,
	"stripe_fee_cents" integer NOT NULL,
	"total_cost_cents" integer NOT NULL,
	"vendor_micro_cents" bigint NOT NULL,
	"finalized_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "call_cost_events" (
	"call_id" uuid NOT NULL,
	"user_id" uuid NOT NULL,
	"seq" integer NOT NULL,
	"type" text NOT NULL,
	"vendor" text NOT NULL,
	"sku" text NOT NULL,
	"units" bigint NOT NULL,
	"retail_micro_cents" bigint NOT NULL,
	"vendor_micro_cents" bigint NOT NULL,
	"retail_card" text NOT NULL,
	"vendor_card" text NOT NULL,
	"vendor_reference" text NOT NULL,
	"outcome" text NOT NULL,
	"reason" text,
	"at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "call_cost_events_call_id_seq_pk" PRIMARY KEY("call_id","seq"),
	CONSTRAINT "call_cost_events_outcome" CHECK ("call_cost_events"."outcome" in ('complete', 'aborted', 'failed', 'estimated'))
);
--> statement-breakpoint
CREATE TABLE "api_tokens" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"hash" "bytea" NOT NULL,
	"role" text NOT NULL,
	"user_id" uuid,
	"label" text NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"expires_at" timestamp (3) with time zone,
	"revoked_at" timestamp (3) with time zone,
	CONSTRAINT "api_tokens_hash_unique" UNIQUE("hash")
);
--> statement-breakpoint
CREATE TABLE "users" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"phone_number" text NOT NULL,
	"display_name" text NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "users_phoneNumber_unique" UNIQUE("phone_number")
);
--> statement-breakpoint
ALTER TABLE "call_events" ADD CONSTRAINT "call_events_call_id_calls_id_fk" FOREIGN KEY ("call_id") REFERENCES "public"."calls"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "call_turns" ADD CONSTRAINT "call_turns_call_id_calls_id_fk" FOREIGN KEY ("call_id") REFERENCES "public"."calls"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "calls" ADD CONSTRAINT "calls_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "call_cost_breakdowns" ADD CONSTRAINT "call_cost_breakdowns_call_id_calls_id_fk" FOREIGN KEY ("call_id") REFERENCES "public"."calls"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "call_cost_events" ADD CONSTRAINT "call_cost_events_call_id_calls_id_fk" FOREIGN KEY ("call_id") REFERENCES "public"."calls"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "api_tokens" ADD CONSTRAINT "api_tokens_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "calls_user_id_created_at_index" ON "calls" USING btree ("user_id","created_at");--> statement-breakpoint
CREATE UNIQUE INDEX "call_cost_events_call_id_vendor_sku_vendor_reference_index" ON "call_cost_events" USING btree ("call_id","vendor","sku","vendor_reference");