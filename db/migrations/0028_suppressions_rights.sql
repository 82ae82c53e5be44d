-- Nobody is called again because a row was deleted: a suppression is lifted, and stays.
REVOKE DELETE ON suppressions FROM ringback_server;--> statement-breakpoint
REVOKE UPDATE ON suppressions FROM ringback_server;--> statement-breakpoint
GRANT UPDATE (lifted_at, lifted_by) ON suppressions TO ringback_server;--> statement-breakpoint
ALTER TABLE suppressions ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE POLICY house_only ON suppressions USING (ringback_sees_all());--> statement-breakpoint
COMMENT ON TABLE suppressions IS 'retention: as long as the house exists';
