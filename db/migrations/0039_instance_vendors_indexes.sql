ALTER TABLE "instances" ADD COLUMN "vendors_down" text[] DEFAULT '{}'::text[] NOT NULL;--> statement-breakpoint
CREATE INDEX "calls_ended" ON "calls" USING btree ("ended_at");--> statement-breakpoint
CREATE INDEX "call_cost_events_at" ON "call_cost_events" USING brin ("at");--> statement-breakpoint
CREATE INDEX "house_costs_at" ON "house_costs" USING brin ("at");--> statement-breakpoint
CREATE INDEX "dial_decisions_refused" ON "dial_decisions" USING btree ("at") WHERE not "dial_decisions"."allowed";