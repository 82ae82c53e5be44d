CREATE TABLE "data_keys" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"call_id" uuid,
	"inbox_id" uuid,
	"purpose" text,
	"wrapped" "bytea" NOT NULL,
	"master" text NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "data_keys_callId_unique" UNIQUE("call_id"),
	CONSTRAINT "data_keys_inboxId_unique" UNIQUE("inbox_id"),
	CONSTRAINT "data_keys_purpose_unique" UNIQUE("purpose"),
	CONSTRAINT "data_keys_subject" CHECK (num_nonnulls("data_keys"."call_id", "data_keys"."inbox_id", "data_keys"."purpose") = 1)
);
--> statement-breakpoint
ALTER TABLE "call_events" ALTER COLUMN "events" SET DEFAULT '[]'::jsonb;--> statement-breakpoint
ALTER TABLE "webhook_inbox" ALTER COLUMN "payload" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "call_events" ADD COLUMN "sealed" "bytea";--> statement-breakpoint
ALTER TABLE "webhook_inbox" ADD COLUMN "sealed" "bytea";--> statement-breakpoint
ALTER TABLE "data_keys" ADD CONSTRAINT "data_keys_call_id_calls_id_fk" FOREIGN KEY ("call_id") REFERENCES "public"."calls"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "data_keys" ADD CONSTRAINT "data_keys_inbox_id_webhook_inbox_id_fk" FOREIGN KEY ("inbox_id") REFERENCES "public"."webhook_inbox"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "call_events_at" ON "call_events" USING brin ("at");