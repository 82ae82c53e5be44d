CREATE TABLE "memory_mirror_items" (
	"home" text NOT NULL,
	"ref" text NOT NULL,
	"user_id" uuid NOT NULL,
	"persona" text NOT NULL,
	"state" text NOT NULL,
	"external_id" text,
	"digest" "bytea" NOT NULL,
	"at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "memory_mirror_items_home_ref_pk" PRIMARY KEY("home","ref"),
	CONSTRAINT "memory_mirror_items_state" CHECK ("memory_mirror_items"."state" in ('sending', 'kept'))
);
--> statement-breakpoint
CREATE TABLE "memory_mirror_scopes" (
	"home" text NOT NULL,
	"user_id" uuid NOT NULL,
	"persona" text NOT NULL,
	"version" bigint DEFAULT -1 NOT NULL,
	"busy_until" timestamp (3) with time zone,
	CONSTRAINT "memory_mirror_scopes_home_user_id_persona_pk" PRIMARY KEY("home","user_id","persona")
);
--> statement-breakpoint
ALTER TABLE "memory_mirror_scopes" ADD CONSTRAINT "memory_mirror_scopes_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "memory_mirror_items_home_user_id_persona_index" ON "memory_mirror_items" USING btree ("home","user_id","persona");