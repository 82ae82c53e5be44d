INSERT INTO alerts (call_id, kind, detail, at) SELECT call_id, kind, detail, at FROM money_alerts ORDER BY id;--> statement-breakpoint
REVOKE DELETE ON alerts FROM ringback_server;--> statement-breakpoint
REVOKE UPDATE ON alerts FROM ringback_server;--> statement-breakpoint
GRANT UPDATE (cleared_at) ON alerts TO ringback_server;--> statement-breakpoint
REVOKE UPDATE, DELETE ON webhook_attempts FROM ringback_server;--> statement-breakpoint
REVOKE UPDATE, DELETE ON announcements FROM ringback_server;--> statement-breakpoint
GRANT UPDATE (handled_at) ON announcements TO ringback_server;--> statement-breakpoint
ALTER TABLE announcements ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
-- Users change their own memory, and what they change is announced.
CREATE POLICY owner_or_house ON announcements USING (ringback_sees_all() OR user_id = ringback_user_id());--> statement-breakpoint
COMMENT ON TABLE announcements IS 'retention: webhook payloads, 30 days';--> statement-breakpoint
ALTER TABLE webhook_endpoints ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE POLICY house_only ON webhook_endpoints USING (ringback_sees_all());--> statement-breakpoint
COMMENT ON TABLE webhook_endpoints IS 'retention: as long as the house exists';--> statement-breakpoint
ALTER TABLE webhook_deliveries ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE POLICY house_only ON webhook_deliveries USING (ringback_sees_all());--> statement-breakpoint
COMMENT ON TABLE webhook_deliveries IS 'retention: with its announcement';--> statement-breakpoint
ALTER TABLE webhook_attempts ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE POLICY house_only ON webhook_attempts USING (ringback_sees_all());--> statement-breakpoint
COMMENT ON TABLE webhook_attempts IS 'retention: with its announcement';--> statement-breakpoint
ALTER TABLE alerts ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE POLICY house_only ON alerts USING (ringback_sees_all());--> statement-breakpoint
COMMENT ON TABLE alerts IS 'retention: audit, 2 years';--> statement-breakpoint
ALTER TABLE instances ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE POLICY house_only ON instances USING (ringback_sees_all());--> statement-breakpoint
COMMENT ON TABLE instances IS 'retention: a day after it was last seen';--> statement-breakpoint
COMMENT ON TABLE messages IS 'retention: until the user deletes; 2 years where there is none';--> statement-breakpoint
CREATE OR REPLACE FUNCTION ringback_delete_expired(webhook_days integer)
RETURNS TABLE (what text, deleted bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  event_log timestamptz := now() - interval '30 days';
  webhook timestamptz := now() - make_interval(days => webhook_days);
  audit timestamptz := now() - interval '2 years';
  money timestamptz := now() - interval '7 years';
  consent timestamptz := now() - interval '5 years';
BEGIN
  IF webhook_days < 1 THEN RAISE EXCEPTION 'webhook payloads are kept for a day at least'; END IF;

  DELETE FROM call_events WHERE at < event_log;
  what := 'call_events'; GET DIAGNOSTICS deleted = ROW_COUNT; RETURN NEXT;
  DELETE FROM data_keys k WHERE k.call_id IS NOT NULL AND k.created_at < event_log
    AND NOT EXISTS (SELECT FROM call_events e WHERE e.call_id = k.call_id);
  what := 'data_keys'; GET DIAGNOSTICS deleted = ROW_COUNT; RETURN NEXT;
  DELETE FROM webhook_inbox WHERE received_at < webhook AND state <> 'received';
  what := 'webhook_inbox'; GET DIAGNOSTICS deleted = ROW_COUNT; RETURN NEXT;
  DELETE FROM announcements WHERE at < event_log AND handled_at IS NOT NULL;
  what := 'announcements'; GET DIAGNOSTICS deleted = ROW_COUNT; RETURN NEXT;
  DELETE FROM instances WHERE seen_at < now() - interval '1 day';
  what := 'instances'; GET DIAGNOSTICS deleted = ROW_COUNT; RETURN NEXT;
  DELETE FROM stripe_events WHERE received_at < event_log;
  what := 'stripe_events'; GET DIAGNOSTICS deleted = ROW_COUNT; RETURN NEXT;
  DELETE FROM challenges WHERE expires_at < now() - interval '1 day';
  what := 'challenges'; GET DIAGNOSTICS deleted = ROW_COUNT; RETURN NEXT;

  DELETE FROM audit_log WHERE at < audit;
  what := 'audit_log'; GET DIAGNOSTICS deleted = ROW_COUNT; RETURN NEXT;
  DELETE FROM memory_events WHERE at < audit;
  what := 'memory_events'; GET DIAGNOSTICS deleted = ROW_COUNT; RETURN NEXT;
  DELETE FROM alerts WHERE at < audit;
  what := 'alerts'; GET DIAGNOSTICS deleted = ROW_COUNT; RETURN NEXT;
  DELETE FROM messages WHERE created_at < audit AND user_id IS NULL;
  what := 'messages'; GET DIAGNOSTICS deleted = ROW_COUNT; RETURN NEXT;
  DELETE FROM dial_decisions WHERE at < audit;
  what := 'dial_decisions'; GET DIAGNOSTICS deleted = ROW_COUNT; RETURN NEXT;
  DELETE FROM consent_questions WHERE asked_at < audit;
  what := 'consent_questions'; GET DIAGNOSTICS deleted = ROW_COUNT; RETURN NEXT;
  DELETE FROM consents WHERE withdrawn_at < consent;
  what := 'consents'; GET DIAGNOSTICS deleted = ROW_COUNT; RETURN NEXT;
  DELETE FROM api_tokens WHERE least(revoked_at, expires_at) < audit;
  what := 'api_tokens'; GET DIAGNOSTICS deleted = ROW_COUNT; RETURN NEXT;
  DELETE FROM sessions WHERE least(revoked_at, expires_at) < audit;
  what := 'sessions'; GET DIAGNOSTICS deleted = ROW_COUNT; RETURN NEXT;
  DELETE FROM passkeys p WHERE p.revoked_at < audit AND NOT EXISTS (SELECT FROM sessions s WHERE s.passkey_id = p.id);
  what := 'passkeys'; GET DIAGNOSTICS deleted = ROW_COUNT; RETURN NEXT;

  DELETE FROM disputes d USING calls c WHERE c.id = d.call_id AND c.ended_at < money;
  what := 'disputes'; GET DIAGNOSTICS deleted = ROW_COUNT; RETURN NEXT;
  DELETE FROM refunds r USING calls c WHERE c.id = r.call_id AND c.ended_at < money;
  what := 'refunds'; GET DIAGNOSTICS deleted = ROW_COUNT; RETURN NEXT;
  DELETE FROM settlements s USING calls c WHERE c.id = s.call_id AND c.ended_at < money;
  what := 'settlements'; GET DIAGNOSTICS deleted = ROW_COUNT; RETURN NEXT;
  DELETE FROM holds h USING calls c WHERE c.id = h.call_id AND c.ended_at < money;
  what := 'holds'; GET DIAGNOSTICS deleted = ROW_COUNT; RETURN NEXT;
  DELETE FROM approvals a USING calls c WHERE c.id = a.call_id AND c.ended_at < money;
  what := 'approvals'; GET DIAGNOSTICS deleted = ROW_COUNT; RETURN NEXT;
  DELETE FROM call_cost_events e USING calls c WHERE c.id = e.call_id AND c.ended_at < money;
  what := 'call_cost_events'; GET DIAGNOSTICS deleted = ROW_COUNT; RETURN NEXT;
  DELETE FROM call_cost_breakdowns b USING calls c WHERE c.id = b.call_id AND c.ended_at < money;
  what := 'call_cost_breakdowns'; GET DIAGNOSTICS deleted = ROW_COUNT; RETURN NEXT;
  -- Transcript, summary and what was learned are their user's until they delete them, and hang on their call.
  DELETE FROM calls c WHERE c.ended_at < money
    AND NOT EXISTS (SELECT FROM call_turns t WHERE t.call_id = c.id AND t.text <> '[redacted]')
    AND NOT EXISTS (SELECT FROM call_summaries s WHERE s.call_id = c.id AND s.summary <> '[redacted]')
    AND NOT EXISTS (SELECT FROM memories m WHERE m.call_id = c.id)
    AND NOT EXISTS (SELECT FROM alerts a WHERE a.call_id = c.id);
  what := 'calls'; GET DIAGNOSTICS deleted = ROW_COUNT; RETURN NEXT;
  DELETE FROM mandates m WHERE m.created_at < money AND m.valid_until < money
    AND NOT EXISTS (SELECT FROM approvals a WHERE a.mandate_id = m.id);
  what := 'mandates'; GET DIAGNOSTICS deleted = ROW_COUNT; RETURN NEXT;
  DELETE FROM payers p WHERE p.created_at < money
    AND NOT EXISTS (SELECT FROM approvals a WHERE a.payer_id = p.id)
    AND NOT EXISTS (SELECT FROM mandates m WHERE m.payer_id = p.id)
    AND NOT EXISTS (SELECT FROM holds h WHERE h.payer_id = p.id);
  what := 'payers'; GET DIAGNOSTICS deleted = ROW_COUNT; RETURN NEXT;
  DELETE FROM house_costs WHERE at < money;
  what := 'house_costs'; GET DIAGNOSTICS deleted = ROW_COUNT; RETURN NEXT;
END $$;
