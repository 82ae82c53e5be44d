CREATE TABLE "elevenlabs_agents" (
	"agent_id" text PRIMARY KEY NOT NULL,
	"persona" text NOT NULL,
	"profile" jsonb,
	"fetched_at" timestamp (3) with time zone,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "webhook_inbox" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"source" text NOT NULL,
	"type" text NOT NULL,
	"external_id" text,
	"user_id" uuid,
	"call_id" uuid,
	"state" text NOT NULL,
	"problem" text,
	"payload" jsonb NOT NULL,
	"received_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "webhook_inbox_externalId_unique" UNIQUE("external_id"),
	CONSTRAINT "webhook_inbox_state" CHECK ("webhook_inbox"."state" in ('received', 'done', 'quarantined')),
	CONSTRAINT "webhook_inbox_source" CHECK ("webhook_inbox"."source" in ('elevenlabs'))
);
--> statement-breakpoint
ALTER TABLE "elevenlabs_agents" ADD CONSTRAINT "elevenlabs_agents_persona_personas_slug_fk" FOREIGN KEY ("persona") REFERENCES "public"."personas"("slug") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "webhook_inbox" ADD CONSTRAINT "webhook_inbox_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "webhook_inbox" ADD CONSTRAINT "webhook_inbox_call_id_calls_id_fk" FOREIGN KEY ("call_id") REFERENCES "public"."calls"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "webhook_inbox_state_received_at_index" ON "webhook_inbox" USING btree ("state","received_at");