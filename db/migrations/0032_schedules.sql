CREATE TABLE "schedule_runs" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"schedule_id" uuid NOT NULL,
	"user_id" uuid NOT NULL,
	"occurrence" text NOT NULL,
	"due_at" timestamp (3) with time zone NOT NULL,
	"state" text DEFAULT 'due' NOT NULL,
	"reason" text,
	"call_id" uuid,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "schedule_runs_scheduleId_occurrence_unique" UNIQUE("schedule_id","occurrence"),
	CONSTRAINT "schedule_runs_state" CHECK ("schedule_runs"."state" in ('due', 'placed', 'refused', 'skipped', 'missed'))
);
--> statement-breakpoint
CREATE TABLE "schedules" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"user_id" uuid NOT NULL,
	"persona" text NOT NULL,
	"at_time" text NOT NULL,
	"on_date" date,
	"days" integer[] DEFAULT '{}'::integer[] NOT NULL,
	"every_weeks" integer DEFAULT 1 NOT NULL,
	"from_date" date NOT NULL,
	"until_date" date,
	"time_zone" text,
	"gap" text DEFAULT 'later' NOT NULL,
	"mandate_id" uuid,
	"retries" integer DEFAULT 2 NOT NULL,
	"window_minutes" integer DEFAULT 90 NOT NULL,
	"commitment_id" uuid,
	"call_id" uuid,
	"made_by" text NOT NULL,
	"paused_at" timestamp (3) with time zone,
	"skipped_dates" date[] DEFAULT '{}'::date[] NOT NULL,
	"next_at" timestamp (3) with time zone,
	"ended_at" timestamp (3) with time zone,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "schedules_kind" CHECK (("schedules"."on_date" is null) = (cardinality("schedules"."days") > 0)),
	CONSTRAINT "schedules_gap" CHECK ("schedules"."gap" in ('later', 'earlier', 'skip')),
	CONSTRAINT "schedules_made_by" CHECK ("schedules"."made_by" in ('admin', 'user', 'call')),
	CONSTRAINT "schedules_sane" CHECK ("schedules"."retries" between 0 and 2 and "schedules"."window_minutes" between 1 and 1440 and "schedules"."every_weeks" between 1 and 52)
);
--> statement-breakpoint
ALTER TABLE "calls" ADD COLUMN "schedule_run_id" uuid;--> statement-breakpoint
ALTER TABLE "schedule_runs" ADD CONSTRAINT "schedule_runs_schedule_id_schedules_id_fk" FOREIGN KEY ("schedule_id") REFERENCES "public"."schedules"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "schedule_runs" ADD CONSTRAINT "schedule_runs_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "schedule_runs" ADD CONSTRAINT "schedule_runs_call_id_calls_id_fk" FOREIGN KEY ("call_id") REFERENCES "public"."calls"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "schedules" ADD CONSTRAINT "schedules_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "schedules" ADD CONSTRAINT "schedules_mandate_id_mandates_id_fk" FOREIGN KEY ("mandate_id") REFERENCES "public"."mandates"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "schedules" ADD CONSTRAINT "schedules_commitment_id_commitments_id_fk" FOREIGN KEY ("commitment_id") REFERENCES "public"."commitments"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "schedules" ADD CONSTRAINT "schedules_call_id_calls_id_fk" FOREIGN KEY ("call_id") REFERENCES "public"."calls"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "schedule_runs_due" ON "schedule_runs" USING btree ("due_at") WHERE "schedule_runs"."state" = 'due';--> statement-breakpoint
CREATE INDEX "schedule_runs_user_id_index" ON "schedule_runs" USING btree ("user_id");--> statement-breakpoint
CREATE INDEX "schedules_user_id_index" ON "schedules" USING btree ("user_id");--> statement-breakpoint
CREATE INDEX "schedules_next" ON "schedules" USING btree ("next_at") WHERE "schedules"."ended_at" is null and "schedules"."paused_at" is null;--> statement-breakpoint
ALTER TABLE "calls" ADD CONSTRAINT "calls_scheduleRunId_unique" UNIQUE("schedule_run_id");