-- Who forgets something has it taken out of what a webhook brought of them, too.
DROP POLICY house_only ON webhook_inbox;--> statement-breakpoint
CREATE POLICY owner_or_house ON webhook_inbox USING (ringback_sees_all() OR user_id = ringback_user_id());
