ALTER TABLE memory_mirror_scopes ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE POLICY house_only ON memory_mirror_scopes USING (ringback_sees_all());--> statement-breakpoint
ALTER TABLE memory_mirror_items ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE POLICY house_only ON memory_mirror_items USING (ringback_sees_all());--> statement-breakpoint
COMMENT ON TABLE memory_mirror_scopes IS 'retention: as long as what is mirrored';--> statement-breakpoint
COMMENT ON TABLE memory_mirror_items IS 'retention: as long as what is mirrored';
