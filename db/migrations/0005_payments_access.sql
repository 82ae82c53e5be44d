-- What a payer was asked is never changed; their answer is.
REVOKE UPDATE, DELETE ON approvals FROM ringback_server;--> statement-breakpoint
GRANT UPDATE (state, saves_card, checkout_session_id, checkout_url, decided_at, decided_from, revoked_at) ON approvals TO ringback_server;--> statement-breakpoint
REVOKE DELETE ON payers, holds, settlements, refunds, stripe_events, money_alerts FROM ringback_server;--> statement-breakpoint
REVOKE UPDATE ON stripe_events, money_alerts FROM ringback_server;--> statement-breakpoint

ALTER TABLE payers ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE POLICY house_only ON payers USING (ringback_sees_all());--> statement-breakpoint
ALTER TABLE approvals ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE POLICY house_only ON approvals USING (ringback_sees_all());--> statement-breakpoint
ALTER TABLE holds ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE POLICY house_only ON holds USING (ringback_sees_all());--> statement-breakpoint
ALTER TABLE settlements ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE POLICY house_only ON settlements USING (ringback_sees_all());--> statement-breakpoint
ALTER TABLE refunds ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE POLICY house_only ON refunds USING (ringback_sees_all());--> statement-breakpoint
ALTER TABLE stripe_events ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE POLICY house_only ON stripe_events USING (ringback_sees_all());--> statement-breakpoint
ALTER TABLE money_alerts ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE POLICY house_only ON money_alerts USING (ringback_sees_all());--> statement-breakpoint

COMMENT ON TABLE payers IS 'retention: money, 7 years';--> statement-breakpoint
COMMENT ON TABLE approvals IS 'retention: money, 7 years';--> statement-breakpoint
COMMENT ON TABLE holds IS 'retention: money, 7 years';--> statement-breakpoint
COMMENT ON TABLE settlements IS 'retention: money, 7 years';--> statement-breakpoint
COMMENT ON TABLE refunds IS 'retention: money, 7 years';--> statement-breakpoint
COMMENT ON TABLE stripe_events IS 'retention: webhook, 30 days';--> statement-breakpoint
COMMENT ON TABLE money_alerts IS 'retention: audit, 2 years';
--> statement-breakpoint
ALTER TABLE worker_heartbeats ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE POLICY house_only ON worker_heartbeats USING (ringback_sees_all());--> statement-breakpoint
COMMENT ON TABLE worker_heartbeats IS 'retention: rewritten every few seconds';
