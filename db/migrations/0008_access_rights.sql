-- The audit log only grows.
REVOKE UPDATE, DELETE ON audit_log FROM ringback_server;--> statement-breakpoint
ALTER TABLE challenges ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE POLICY house_only ON challenges USING (ringback_sees_all());--> statement-breakpoint
ALTER TABLE sessions ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE POLICY house_only ON sessions USING (ringback_sees_all());--> statement-breakpoint
ALTER TABLE audit_log ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE POLICY house_only ON audit_log USING (ringback_sees_all());--> statement-breakpoint
COMMENT ON TABLE challenges IS 'retention: 1 day after they expire';--> statement-breakpoint
COMMENT ON TABLE sessions IS 'retention: audit, 2 years after they end';--> statement-breakpoint
COMMENT ON TABLE audit_log IS 'retention: audit, 2 years';
