REVOKE UPDATE, DELETE ON house_costs FROM ringback_server;--> statement-breakpoint
ALTER TABLE house_costs ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE POLICY house_only ON house_costs USING (ringback_sees_all());--> statement-breakpoint
COMMENT ON TABLE house_costs IS 'retention: money, 7 years';
