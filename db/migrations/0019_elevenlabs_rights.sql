ALTER TABLE elevenlabs_agents ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE POLICY house_only ON elevenlabs_agents USING (ringback_sees_all());--> statement-breakpoint
ALTER TABLE webhook_inbox ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE POLICY house_only ON webhook_inbox USING (ringback_sees_all());--> statement-breakpoint
COMMENT ON TABLE elevenlabs_agents IS 'retention: as long as the house exists';--> statement-breakpoint
COMMENT ON TABLE webhook_inbox IS 'retention: webhook, 30 days';
