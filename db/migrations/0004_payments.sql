CREATE TABLE "worker_heartbeats" (
	"worker_id" text PRIMARY KEY NOT NULL,
	"seen_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "approvals" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"payer_id" uuid NOT NULL,
	"user_id" uuid NOT NULL,
	"call_id" uuid NOT NULL,
	"cap_cents" integer NOT NULL,
	"currency" text DEFAULT 'usd' NOT NULL,
	"fee_policy" text NOT NULL,
	"retail_card_id" uuid NOT NULL,
	"text_shown" text NOT NULL,
	"token_hash" "bytea" NOT NULL,
	"valid_from" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"valid_until" timestamp (3) with time zone NOT NULL,
	"viewable_until" timestamp (3) with time zone NOT NULL,
	"state" text DEFAULT 'offered' NOT NULL,
	"saves_card" boolean DEFAULT false NOT NULL,
	"checkout_session_id" text,
	"checkout_url" text,
	"decided_at" timestamp (3) with time zone,
	"decided_from" text,
	"revoked_at" timestamp (3) with time zone,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "approvals_callId_unique" UNIQUE("call_id"),
	CONSTRAINT "approvals_tokenHash_unique" UNIQUE("token_hash"),
	CONSTRAINT "approvals_state" CHECK ("approvals"."state" in ('offered', 'approved', 'declined', 'revoked')),
	CONSTRAINT "approvals_currency" CHECK ("approvals"."currency" = 'usd'),
	CONSTRAINT "approvals_cap" CHECK ("approvals"."cap_cents" between 50 and 100000)
);
--> statement-breakpoint
CREATE TABLE "holds" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"call_id" uuid NOT NULL,
	"attempt" integer NOT NULL,
	"approval_id" uuid NOT NULL,
	"payer_id" uuid NOT NULL,
	"state" text NOT NULL,
	"live" boolean DEFAULT true NOT NULL,
	"amount_cents" integer NOT NULL,
	"currency" text DEFAULT 'usd' NOT NULL,
	"payment_intent_id" text,
	"capture_before" timestamp (3) with time zone,
	"decline_code" text,
	"version" integer DEFAULT 0 NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "holds_paymentIntentId_unique" UNIQUE("payment_intent_id"),
	CONSTRAINT "holds_callId_attempt_unique" UNIQUE("call_id","attempt"),
	CONSTRAINT "holds_state" CHECK ("holds"."state" in ('awaiting_payer', 'held', 'releasing', 'released', 'captured', 'lost')),
	CONSTRAINT "holds_live" CHECK ("holds"."live" = ("holds"."state" in ('awaiting_payer', 'held', 'releasing'))),
	CONSTRAINT "holds_amount" CHECK ("holds"."amount_cents" >= 50)
);
--> statement-breakpoint
CREATE TABLE "money_alerts" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "money_alerts_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"call_id" uuid,
	"kind" text NOT NULL,
	"detail" text NOT NULL,
	"at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "money_alerts_callId_kind_unique" UNIQUE("call_id","kind")
);
--> statement-breakpoint
CREATE TABLE "payers" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"display_name" text NOT NULL,
	"stripe_customer_id" text,
	"payment_method_id" text,
	"blocked_at" timestamp (3) with time zone,
	"blocked_reason" text,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "payers_stripeCustomerId_unique" UNIQUE("stripe_customer_id")
);
--> statement-breakpoint
CREATE TABLE "refunds" (
	"id" uuid PRIMARY KEY NOT NULL,
	"call_id" uuid NOT NULL,
	"amount_cents" integer NOT NULL,
	"reason" text NOT NULL,
	"state" text DEFAULT 'pending' NOT NULL,
	"stripe_refund_id" text,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "refunds_stripeRefundId_unique" UNIQUE("stripe_refund_id"),
	CONSTRAINT "refunds_amount" CHECK ("refunds"."amount_cents" > 0),
	CONSTRAINT "refunds_state" CHECK ("refunds"."state" in ('pending', 'succeeded', 'failed'))
);
--> statement-breakpoint
CREATE TABLE "settlements" (
	"call_id" uuid PRIMARY KEY NOT NULL,
	"hold_id" uuid NOT NULL,
	"state" text DEFAULT 'settling' NOT NULL,
	"total_cents" integer NOT NULL,
	"attempt" integer DEFAULT 1 NOT NULL,
	"captured_cents" integer DEFAULT 0 NOT NULL,
	"written_off_cents" integer DEFAULT 0 NOT NULL,
	"stripe_fee_cents" integer,
	"refunded_cents" integer DEFAULT 0 NOT NULL,
	"disputed_at" timestamp (3) with time zone,
	"version" integer DEFAULT 0 NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"settled_at" timestamp (3) with time zone,
	CONSTRAINT "settlements_state" CHECK ("settlements"."state" in ('settling', 'captured', 'released', 'hold_lost')),
	CONSTRAINT "settlements_sane" CHECK ("settlements"."total_cents" >= 0 and "settlements"."captured_cents" >= 0 and "settlements"."written_off_cents" >= 0
        and "settlements"."refunded_cents" between 0 and "settlements"."captured_cents")
);
--> statement-breakpoint
CREATE TABLE "stripe_events" (
	"id" text PRIMARY KEY NOT NULL,
	"type" text NOT NULL,
	"object_id" text NOT NULL,
	"received_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "approvals" ADD CONSTRAINT "approvals_payer_id_payers_id_fk" FOREIGN KEY ("payer_id") REFERENCES "public"."payers"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "approvals" ADD CONSTRAINT "approvals_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "approvals" ADD CONSTRAINT "approvals_call_id_calls_id_fk" FOREIGN KEY ("call_id") REFERENCES "public"."calls"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "approvals" ADD CONSTRAINT "approvals_retail_card_id_rate_cards_id_fk" FOREIGN KEY ("retail_card_id") REFERENCES "public"."rate_cards"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "holds" ADD CONSTRAINT "holds_call_id_calls_id_fk" FOREIGN KEY ("call_id") REFERENCES "public"."calls"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "holds" ADD CONSTRAINT "holds_approval_id_approvals_id_fk" FOREIGN KEY ("approval_id") REFERENCES "public"."approvals"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "holds" ADD CONSTRAINT "holds_payer_id_payers_id_fk" FOREIGN KEY ("payer_id") REFERENCES "public"."payers"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "money_alerts" ADD CONSTRAINT "money_alerts_call_id_calls_id_fk" FOREIGN KEY ("call_id") REFERENCES "public"."calls"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "refunds" ADD CONSTRAINT "refunds_call_id_calls_id_fk" FOREIGN KEY ("call_id") REFERENCES "public"."calls"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "settlements" ADD CONSTRAINT "settlements_call_id_calls_id_fk" FOREIGN KEY ("call_id") REFERENCES "public"."calls"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "settlements" ADD CONSTRAINT "settlements_hold_id_holds_id_fk" FOREIGN KEY ("hold_id") REFERENCES "public"."holds"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "approvals_payer_id_index" ON "approvals" USING btree ("payer_id");--> statement-breakpoint
CREATE UNIQUE INDEX "holds_one_live" ON "holds" USING btree ("call_id") WHERE "holds"."live";