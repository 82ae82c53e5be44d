-- What a payer agreed to is never changed; their answer is.
REVOKE UPDATE, DELETE ON mandates FROM ringback_server;--> statement-breakpoint
GRANT UPDATE (state, setup_session_id, setup_url, decided_at, decided_from, revoked_at) ON mandates TO ringback_server;--> statement-breakpoint
REVOKE DELETE ON disputes, passkeys FROM ringback_server;--> statement-breakpoint
REVOKE UPDATE, DELETE ON budget_warnings FROM ringback_server;--> statement-breakpoint
ALTER TABLE mandates ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE POLICY house_only ON mandates USING (ringback_sees_all());--> statement-breakpoint
ALTER TABLE disputes ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE POLICY house_only ON disputes USING (ringback_sees_all());--> statement-breakpoint
ALTER TABLE passkeys ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE POLICY house_only ON passkeys USING (ringback_sees_all());--> statement-breakpoint
ALTER TABLE messages ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE POLICY owner_or_house ON messages USING (ringback_sees_all() OR user_id = ringback_user_id());--> statement-breakpoint
ALTER TABLE budget_warnings ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE POLICY owner_or_house ON budget_warnings USING (ringback_sees_all() OR user_id = ringback_user_id());--> statement-breakpoint
COMMENT ON TABLE mandates IS 'retention: money, 7 years';--> statement-breakpoint
COMMENT ON TABLE disputes IS 'retention: money, 7 years';--> statement-breakpoint
COMMENT ON TABLE passkeys IS 'retention: audit, 2 years after they are revoked';--> statement-breakpoint
COMMENT ON TABLE messages IS 'retention: until the user deletes';--> statement-breakpoint
COMMENT ON TABLE budget_warnings IS 'retention: until the user deletes';
