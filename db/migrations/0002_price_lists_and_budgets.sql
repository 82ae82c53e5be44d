CREATE TABLE "settings" (
	"name" text PRIMARY KEY NOT NULL,
	"value" jsonb NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "user_budget_settings" (
	"user_id" uuid PRIMARY KEY NOT NULL,
	"max_cost_per_call_cents" integer DEFAULT 1000 NOT NULL,
	"max_cost_per_day_cents" integer DEFAULT 5000 NOT NULL,
	"max_cost_per_month_cents" integer DEFAULT 10000 NOT NULL,
	"max_memory_tokens" integer DEFAULT 4300 NOT NULL,
	"warn_at_percent" integer DEFAULT 75 NOT NULL,
	"auto_cutoff" boolean DEFAULT true NOT NULL,
	"grace_period_seconds" integer DEFAULT 10 NOT NULL,
	"notify" text[] DEFAULT array['panel', 'payer']::text[] NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "user_budget_settings_sane" CHECK ("user_budget_settings"."max_cost_per_call_cents" between 0 and 100000 and "user_budget_settings"."max_cost_per_day_cents" between 0 and 1000000
        and "user_budget_settings"."max_cost_per_month_cents" between 0 and 10000000 and "user_budget_settings"."max_memory_tokens" between 0 and 100000
        and "user_budget_settings"."warn_at_percent" between 1 and 100 and "user_budget_settings"."grace_period_seconds" between 5 and 60
        and "user_budget_settings"."notify" <@ array['panel', 'payer', 'sms']::text[])
);
--> statement-breakpoint
CREATE TABLE "rate_cards" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"kind" text NOT NULL,
	"version" integer NOT NULL,
	"valid_from" timestamp (3) with time zone NOT NULL,
	"note" text NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "rate_cards_kind_version_unique" UNIQUE("kind","version"),
	CONSTRAINT "rate_cards_kind_validFrom_unique" UNIQUE("kind","valid_from"),
	CONSTRAINT "rate_cards_kind" CHECK ("rate_cards"."kind" in ('retail', 'vendor'))
);
--> statement-breakpoint
CREATE TABLE "rates" (
	"card_id" uuid NOT NULL,
	"key" text NOT NULL,
	"micro_cents" bigint NOT NULL,
	"per" bigint NOT NULL,
	"increment" bigint NOT NULL,
	"minimum" bigint NOT NULL,
	"fee_micro_cents" bigint NOT NULL,
	"source" text NOT NULL,
	CONSTRAINT "rates_card_id_key_pk" PRIMARY KEY("card_id","key"),
	CONSTRAINT "rates_sane" CHECK ("rates"."micro_cents" >= 0 and "rates"."per" > 0 and "rates"."increment" > 0 and "rates"."minimum" >= 0 and "rates"."fee_micro_cents" >= 0)
);
--> statement-breakpoint
ALTER TABLE "calls" ADD COLUMN "funding" text DEFAULT 'sponsored' NOT NULL;--> statement-breakpoint
ALTER TABLE "calls" ADD COLUMN "cap_cents" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "calls" ADD COLUMN "warn_at_cents" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "calls" ADD COLUMN "grace_ms" integer DEFAULT 10000 NOT NULL;--> statement-breakpoint
ALTER TABLE "calls" ADD COLUMN "fee_policy" text DEFAULT 'on_subtotal' NOT NULL;--> statement-breakpoint
ALTER TABLE "calls" ADD COLUMN "retail_card_id" uuid;--> statement-breakpoint
ALTER TABLE "calls" ADD COLUMN "vendor_card_id" uuid;--> statement-breakpoint
ALTER TABLE "users" ADD COLUMN "time_zone" text DEFAULT 'UTC' NOT NULL;--> statement-breakpoint
ALTER TABLE "user_budget_settings" ADD CONSTRAINT "user_budget_settings_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "rates" ADD CONSTRAINT "rates_card_id_rate_cards_id_fk" FOREIGN KEY ("card_id") REFERENCES "public"."rate_cards"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "calls" ADD CONSTRAINT "calls_retail_card_id_rate_cards_id_fk" FOREIGN KEY ("retail_card_id") REFERENCES "public"."rate_cards"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "calls" ADD CONSTRAINT "calls_vendor_card_id_rate_cards_id_fk" FOREIGN KEY ("vendor_card_id") REFERENCES "public"."rate_cards"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "calls" ADD CONSTRAINT "calls_funding" CHECK ("calls"."funding" in ('sponsored', 'approved'));--> statement-breakpoint
ALTER TABLE "calls" ADD CONSTRAINT "calls_cap" CHECK ("calls"."cap_cents" >= 0 and "calls"."warn_at_cents" >= 0 and "calls"."grace_ms" >= 0);--> statement-breakpoint
ALTER TABLE "calls" ADD CONSTRAINT "calls_fee_policy" CHECK ("calls"."fee_policy" in ('on_subtotal', 'gross_up'));