-- Lets one index hold user, persona and words.
CREATE EXTENSION IF NOT EXISTS btree_gin;--> statement-breakpoint
CREATE TABLE "call_summaries" (
	"call_id" uuid PRIMARY KEY NOT NULL,
	"user_id" uuid NOT NULL,
	"persona" text NOT NULL,
	"summary" text NOT NULL,
	"key_topics" text[] NOT NULL,
	"outcome" text NOT NULL,
	"at" timestamp (3) with time zone NOT NULL,
	"made_by" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "commitments" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"user_id" uuid NOT NULL,
	"persona" text NOT NULL,
	"promise" text NOT NULL,
	"due_at" timestamp (3) with time zone,
	"status" text DEFAULT 'open' NOT NULL,
	"call_id" uuid,
	"quote" text,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"settled_at" timestamp (3) with time zone,
	CONSTRAINT "commitments_status" CHECK ("commitments"."status" in ('open', 'kept', 'broken', 'moved'))
);
--> statement-breakpoint
CREATE TABLE "memories" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"ordinal" bigint GENERATED ALWAYS AS IDENTITY (sequence name "memories_ordinal_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"user_id" uuid NOT NULL,
	"persona" text NOT NULL,
	"category" text NOT NULL,
	"sector" text DEFAULT 'semantic' NOT NULL,
	"slot" text,
	"cardinality" text DEFAULT 'many' NOT NULL,
	"text" text NOT NULL,
	"value" jsonb,
	"aliases" text[] DEFAULT '{}'::text[] NOT NULL,
	"status" text DEFAULT 'active' NOT NULL,
	"valid_from" timestamp (3) with time zone,
	"valid_to" timestamp (3) with time zone,
	"recorded_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"retired_at" timestamp (3) with time zone,
	"superseded_by" uuid,
	"confidence" real DEFAULT 1 NOT NULL,
	"importance" smallint DEFAULT 3 NOT NULL,
	"sensitive" text DEFAULT 'none' NOT NULL,
	"source" text NOT NULL,
	"call_id" uuid,
	"turn_seqs" integer[] DEFAULT '{}'::integer[] NOT NULL,
	"quote" text,
	"pinned" boolean DEFAULT false NOT NULL,
	"mention_count" integer DEFAULT 1 NOT NULL,
	"last_mentioned_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"last_used_at" timestamp (3) with time zone,
	"expires_at" timestamp (3) with time zone,
	CONSTRAINT "memories_category" CHECK ("memories"."category" in ('relationship_facts', 'user_facts', 'inside_jokes', 'important_memories', 'preferences')),
	CONSTRAINT "memories_sector" CHECK ("memories"."sector" in ('episodic', 'semantic', 'procedural', 'emotional', 'reflective')),
	CONSTRAINT "memories_status" CHECK ("memories"."status" in ('active', 'superseded', 'pending_review', 'expired')),
	CONSTRAINT "memories_source" CHECK ("memories"."source" in ('stated', 'inferred', 'persona_said', 'user_edit', 'import')),
	CONSTRAINT "memories_cardinality" CHECK ("memories"."cardinality" in ('one', 'many')),
	CONSTRAINT "memories_importance" CHECK ("memories"."importance" between 1 and 5),
	CONSTRAINT "memories_confidence" CHECK ("memories"."confidence" between 0 and 1),
	CONSTRAINT "memories_slot" CHECK ("memories"."slot" ~ '^[a-z][a-z0-9_.]{0,63}$')
);
--> statement-breakpoint
CREATE TABLE "memory_documents" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "memory_documents_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"user_id" uuid NOT NULL,
	"persona" text NOT NULL,
	"kind" text NOT NULL,
	"memory_id" uuid,
	"call_id" uuid,
	"turn_seq" integer NOT NULL,
	"speaker" text,
	"at" timestamp (3) with time zone NOT NULL,
	"text" text NOT NULL,
	"aliases" text DEFAULT '' NOT NULL,
	"tsv" "tsvector" GENERATED ALWAYS AS (to_tsvector('english', text || ' ' || aliases)) STORED,
	CONSTRAINT "memory_documents_kind" CHECK ("memory_documents"."kind" in ('turn', 'fact'))
);
--> statement-breakpoint
CREATE TABLE "memory_events" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "memory_events_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"user_id" uuid NOT NULL,
	"persona" text NOT NULL,
	"memory_id" uuid NOT NULL,
	"operation" text NOT NULL,
	"actor" text NOT NULL,
	"call_id" uuid,
	"before" jsonb,
	"after" jsonb,
	"at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "memory_tombstones" (
	"user_id" uuid NOT NULL,
	"persona" text NOT NULL,
	"fingerprint" "bytea" NOT NULL,
	"deleted_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "memory_tombstones_user_id_persona_fingerprint_pk" PRIMARY KEY("user_id","persona","fingerprint")
);
--> statement-breakpoint
CREATE TABLE "storylines" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"user_id" uuid NOT NULL,
	"persona" text NOT NULL,
	"topic" text NOT NULL,
	"status" text NOT NULL,
	"last_state" text NOT NULL,
	"next_expected" text,
	"follow_up_after" timestamp (3) with time zone,
	"call_id" uuid,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "storylines_status" CHECK ("storylines"."status" in ('open', 'waiting', 'closed'))
);
--> statement-breakpoint
CREATE TABLE "persona_versions" (
	"slug" text NOT NULL,
	"version" integer NOT NULL,
	"settings" jsonb NOT NULL,
	"description" text NOT NULL,
	"source" text NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "persona_versions_slug_version_pk" PRIMARY KEY("slug","version"),
	CONSTRAINT "persona_versions_source" CHECK ("persona_versions"."source" in ('file', 'admin'))
);
--> statement-breakpoint
CREATE TABLE "personas" (
	"slug" text PRIMARY KEY NOT NULL,
	"version" integer NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "user_persona_relationships" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"user_id" uuid NOT NULL,
	"persona" text NOT NULL,
	"relationship_type" text DEFAULT 'friend' NOT NULL,
	"custom_system_prompt" text,
	"memory_config" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"total_calls" integer DEFAULT 0 NOT NULL,
	"total_minutes" integer DEFAULT 0 NOT NULL,
	"last_call_at" timestamp (3) with time zone,
	"memory_version" bigint DEFAULT 0 NOT NULL,
	"first_message" text,
	"first_message_memories" uuid[] DEFAULT '{}'::uuid[] NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "user_persona_relationships_userId_persona_unique" UNIQUE("user_id","persona"),
	CONSTRAINT "user_persona_relationships_counts" CHECK ("user_persona_relationships"."total_calls" >= 0 and "user_persona_relationships"."total_minutes" >= 0)
);
--> statement-breakpoint
CREATE TABLE "user_profiles" (
	"user_id" uuid PRIMARY KEY NOT NULL,
	"identity" text,
	"goals" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"why" text,
	"progress" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "call_summaries" ADD CONSTRAINT "call_summaries_call_id_calls_id_fk" FOREIGN KEY ("call_id") REFERENCES "public"."calls"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "call_summaries" ADD CONSTRAINT "call_summaries_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "commitments" ADD CONSTRAINT "commitments_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "commitments" ADD CONSTRAINT "commitments_call_id_calls_id_fk" FOREIGN KEY ("call_id") REFERENCES "public"."calls"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "memories" ADD CONSTRAINT "memories_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "memories" ADD CONSTRAINT "memories_superseded_by_memories_id_fk" FOREIGN KEY ("superseded_by") REFERENCES "public"."memories"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "memories" ADD CONSTRAINT "memories_call_id_calls_id_fk" FOREIGN KEY ("call_id") REFERENCES "public"."calls"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "memory_documents" ADD CONSTRAINT "memory_documents_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "memory_documents" ADD CONSTRAINT "memory_documents_memory_id_memories_id_fk" FOREIGN KEY ("memory_id") REFERENCES "public"."memories"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "memory_documents" ADD CONSTRAINT "memory_documents_call_id_calls_id_fk" FOREIGN KEY ("call_id") REFERENCES "public"."calls"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "memory_events" ADD CONSTRAINT "memory_events_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "memory_events" ADD CONSTRAINT "memory_events_call_id_calls_id_fk" FOREIGN KEY ("call_id") REFERENCES "public"."calls"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "memory_tombstones" ADD CONSTRAINT "memory_tombstones_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "storylines" ADD CONSTRAINT "storylines_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "storylines" ADD CONSTRAINT "storylines_call_id_calls_id_fk" FOREIGN KEY ("call_id") REFERENCES "public"."calls"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "persona_versions" ADD CONSTRAINT "persona_versions_slug_personas_slug_fk" FOREIGN KEY ("slug") REFERENCES "public"."personas"("slug") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "user_persona_relationships" ADD CONSTRAINT "user_persona_relationships_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "user_persona_relationships" ADD CONSTRAINT "user_persona_relationships_persona_personas_slug_fk" FOREIGN KEY ("persona") REFERENCES "public"."personas"("slug") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "user_profiles" ADD CONSTRAINT "user_profiles_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "call_summaries_user_id_persona_at_index" ON "call_summaries" USING btree ("user_id","persona","at");--> statement-breakpoint
CREATE INDEX "commitments_user_id_persona_status_index" ON "commitments" USING btree ("user_id","persona","status");--> statement-breakpoint
CREATE INDEX "memories_user_id_persona_index" ON "memories" USING btree ("user_id","persona");--> statement-breakpoint
CREATE UNIQUE INDEX "memories_one_value" ON "memories" USING btree ("user_id","persona","category","slot") WHERE "memories"."status" = 'active' and "memories"."cardinality" = 'one' and "memories"."slot" is not null;--> statement-breakpoint
CREATE INDEX "memory_documents_search" ON "memory_documents" USING gin ("user_id","persona","tsv") WITH (fastupdate=false);--> statement-breakpoint
CREATE INDEX "memory_documents_user_id_persona_id_index" ON "memory_documents" USING btree ("user_id","persona","id");--> statement-breakpoint
CREATE UNIQUE INDEX "memory_documents_turn" ON "memory_documents" USING btree ("call_id","turn_seq") WHERE "memory_documents"."kind" = 'turn';--> statement-breakpoint
CREATE UNIQUE INDEX "memory_documents_fact" ON "memory_documents" USING btree ("memory_id") WHERE "memory_documents"."kind" = 'fact';--> statement-breakpoint
CREATE INDEX "memory_events_memory_id_index" ON "memory_events" USING btree ("memory_id");--> statement-breakpoint
CREATE INDEX "memory_events_call_id_index" ON "memory_events" USING btree ("call_id");--> statement-breakpoint
CREATE INDEX "memory_events_user_id_persona_index" ON "memory_events" USING btree ("user_id","persona");--> statement-breakpoint
CREATE UNIQUE INDEX "storylines_topic" ON "storylines" USING btree ("user_id","persona","topic");--> statement-breakpoint
CREATE INDEX "user_persona_relationships_persona_index" ON "user_persona_relationships" USING btree ("persona");