CREATE TABLE "recording_pieces" (
	"recording_id" uuid NOT NULL,
	"user_id" uuid NOT NULL,
	"seq" integer NOT NULL,
	"sealed" "bytea" NOT NULL,
	CONSTRAINT "recording_pieces_recording_id_seq_pk" PRIMARY KEY("recording_id","seq")
);
--> statement-breakpoint
CREATE TABLE "recordings" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"call_id" uuid NOT NULL,
	"user_id" uuid NOT NULL,
	"state" text DEFAULT 'asked' NOT NULL,
	"carrier_sid" text,
	"began_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"seconds" integer,
	"byte_count" integer,
	"stored_at" timestamp (3) with time zone,
	"kept_until" timestamp (3) with time zone,
	"carrier_removed_at" timestamp (3) with time zone,
	CONSTRAINT "recordings_callId_unique" UNIQUE("call_id"),
	CONSTRAINT "recordings_state" CHECK ("recordings"."state" in ('asked', 'stored', 'absent', 'erased')),
	CONSTRAINT "recordings_stored" CHECK (("recordings"."state" = 'stored') <= (num_nulls("recordings"."seconds", "recordings"."byte_count", "recordings"."stored_at", "recordings"."kept_until") = 0))
);
--> statement-breakpoint
ALTER TABLE "recording_pieces" ADD CONSTRAINT "recording_pieces_recording_id_recordings_id_fk" FOREIGN KEY ("recording_id") REFERENCES "public"."recordings"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "recordings" ADD CONSTRAINT "recordings_call_id_calls_id_fk" FOREIGN KEY ("call_id") REFERENCES "public"."calls"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "recordings_at_carrier" ON "recordings" USING btree ("began_at") WHERE "recordings"."carrier_removed_at" is null;