-- A price list is never changed in place: the server may add and read.
REVOKE UPDATE, DELETE ON rate_cards, rates FROM ringback_server;--> statement-breakpoint

ALTER TABLE rate_cards ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE POLICY everybody_reads ON rate_cards FOR SELECT USING (true);--> statement-breakpoint
CREATE POLICY house_adds ON rate_cards FOR INSERT WITH CHECK (ringback_sees_all());--> statement-breakpoint
ALTER TABLE rates ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE POLICY everybody_reads ON rates FOR SELECT USING (true);--> statement-breakpoint
CREATE POLICY house_adds ON rates FOR INSERT WITH CHECK (ringback_sees_all());--> statement-breakpoint
ALTER TABLE user_budget_settings ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE POLICY owner_or_house ON user_budget_settings USING (ringback_sees_all() OR user_id = ringback_user_id());--> statement-breakpoint
ALTER TABLE settings ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE POLICY house_only ON settings USING (ringback_sees_all());--> statement-breakpoint

COMMENT ON TABLE rate_cards IS 'retention: money, 7 years';--> statement-breakpoint
COMMENT ON TABLE rates IS 'retention: money, 7 years';--> statement-breakpoint
COMMENT ON TABLE user_budget_settings IS 'retention: until the user deletes';--> statement-breakpoint
COMMENT ON TABLE settings IS 'retention: as long as the house exists';
