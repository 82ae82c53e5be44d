-- The server works as a role that owns nothing and cannot bypass row-level security.
-- Roles belong to the whole cluster, so another database may have made it already.
DO $$ BEGIN
  CREATE ROLE ringback_server NOLOGIN NOSUPERUSER NOBYPASSRLS;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
END $$;--> statement-breakpoint
GRANT USAGE ON SCHEMA public TO ringback_server;--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO ringback_server;--> statement-breakpoint
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO ringback_server;--> statement-breakpoint
REVOKE UPDATE, DELETE ON call_cost_events, call_events FROM ringback_server;--> statement-breakpoint

-- Every transaction says on whose behalf it runs (db.as). Without that it sees nothing.
CREATE FUNCTION ringback_sees_all() RETURNS boolean LANGUAGE sql STABLE AS
  $$ SELECT coalesce(current_setting('ringback.actor', true), '') IN ('system', 'admin') $$;--> statement-breakpoint
CREATE FUNCTION ringback_user_id() RETURNS uuid LANGUAGE sql STABLE AS
  $$ SELECT nullif(current_setting('ringback.user_id', true), '')::uuid $$;--> statement-breakpoint

ALTER TABLE users ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE POLICY owner_or_house ON users USING (ringback_sees_all() OR id = ringback_user_id());--> statement-breakpoint
ALTER TABLE calls ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE POLICY owner_or_house ON calls USING (ringback_sees_all() OR user_id = ringback_user_id());--> statement-breakpoint
ALTER TABLE call_events ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE POLICY owner_or_house ON call_events USING (ringback_sees_all() OR user_id = ringback_user_id());--> statement-breakpoint
ALTER TABLE call_turns ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE POLICY owner_or_house ON call_turns USING (ringback_sees_all() OR user_id = ringback_user_id());--> statement-breakpoint
ALTER TABLE call_cost_events ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE POLICY owner_or_house ON call_cost_events USING (ringback_sees_all() OR user_id = ringback_user_id());--> statement-breakpoint
ALTER TABLE call_cost_breakdowns ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE POLICY owner_or_house ON call_cost_breakdowns USING (ringback_sees_all() OR user_id = ringback_user_id());--> statement-breakpoint
ALTER TABLE api_tokens ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE POLICY house_only ON api_tokens USING (ringback_sees_all());--> statement-breakpoint

-- Retention class of each table: how long a row may live. A test fails on a table without one.
COMMENT ON TABLE users IS 'retention: until the user deletes';--> statement-breakpoint
COMMENT ON TABLE calls IS 'retention: money, 7 years';--> statement-breakpoint
COMMENT ON TABLE call_events IS 'retention: event log, 30 days';--> statement-breakpoint
COMMENT ON TABLE call_turns IS 'retention: transcript, until the user deletes';--> statement-breakpoint
COMMENT ON TABLE call_cost_events IS 'retention: money, 7 years';--> statement-breakpoint
COMMENT ON TABLE call_cost_breakdowns IS 'retention: money, 7 years';--> statement-breakpoint
COMMENT ON TABLE api_tokens IS 'retention: until revoked, then audit, 2 years';
