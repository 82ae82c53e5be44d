-- What a persona was is never changed; a new version is added.
REVOKE UPDATE, DELETE ON persona_versions FROM ringback_server;--> statement-breakpoint
ALTER TABLE personas ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE POLICY everybody_reads ON personas FOR SELECT USING (true);--> statement-breakpoint
CREATE POLICY house_writes ON personas USING (ringback_sees_all());--> statement-breakpoint
ALTER TABLE persona_versions ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE POLICY everybody_reads ON persona_versions FOR SELECT USING (true);--> statement-breakpoint
CREATE POLICY house_adds ON persona_versions FOR INSERT WITH CHECK (ringback_sees_all());--> statement-breakpoint
ALTER TABLE user_persona_relationships ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE POLICY owner_or_house ON user_persona_relationships USING (ringback_sees_all() OR user_id = ringback_user_id());--> statement-breakpoint
ALTER TABLE user_profiles ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE POLICY owner_or_house ON user_profiles USING (ringback_sees_all() OR user_id = ringback_user_id());--> statement-breakpoint
ALTER TABLE memories ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE POLICY owner_or_house ON memories USING (ringback_sees_all() OR user_id = ringback_user_id());--> statement-breakpoint
ALTER TABLE memory_documents ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE POLICY owner_or_house ON memory_documents USING (ringback_sees_all() OR user_id = ringback_user_id());--> statement-breakpoint
ALTER TABLE memory_tombstones ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE POLICY owner_or_house ON memory_tombstones USING (ringback_sees_all() OR user_id = ringback_user_id());--> statement-breakpoint
ALTER TABLE memory_events ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE POLICY owner_or_house ON memory_events USING (ringback_sees_all() OR user_id = ringback_user_id());--> statement-breakpoint
ALTER TABLE call_summaries ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE POLICY owner_or_house ON call_summaries USING (ringback_sees_all() OR user_id = ringback_user_id());--> statement-breakpoint
ALTER TABLE storylines ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE POLICY owner_or_house ON storylines USING (ringback_sees_all() OR user_id = ringback_user_id());--> statement-breakpoint
ALTER TABLE commitments ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE POLICY owner_or_house ON commitments USING (ringback_sees_all() OR user_id = ringback_user_id());--> statement-breakpoint
COMMENT ON TABLE personas IS 'retention: as long as the house exists';--> statement-breakpoint
COMMENT ON TABLE persona_versions IS 'retention: as long as the house exists';--> statement-breakpoint
COMMENT ON TABLE user_persona_relationships IS 'retention: until the user deletes';--> statement-breakpoint
COMMENT ON TABLE user_profiles IS 'retention: until the user deletes';--> statement-breakpoint
COMMENT ON TABLE memories IS 'retention: until the user deletes';--> statement-breakpoint
COMMENT ON TABLE memory_documents IS 'retention: until the user deletes';--> statement-breakpoint
COMMENT ON TABLE memory_tombstones IS 'retention: until the user deletes';--> statement-breakpoint
COMMENT ON TABLE memory_events IS 'retention: audit, 2 years';--> statement-breakpoint
COMMENT ON TABLE call_summaries IS 'retention: until the user deletes';--> statement-breakpoint
COMMENT ON TABLE storylines IS 'retention: until the user deletes';--> statement-breakpoint
COMMENT ON TABLE commitments IS 'retention: until the user deletes';
