ALTER TABLE schedules ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE POLICY owner_or_house ON schedules USING (ringback_sees_all() OR user_id = ringback_user_id());--> statement-breakpoint
COMMENT ON TABLE schedules IS 'retention: until the user deletes';--> statement-breakpoint
REVOKE DELETE ON schedule_runs FROM ringback_server;--> statement-breakpoint
ALTER TABLE schedule_runs ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE POLICY owner_or_house ON schedule_runs USING (ringback_sees_all() OR user_id = ringback_user_id());--> statement-breakpoint
COMMENT ON TABLE schedule_runs IS 'retention: with its schedule';
