-- Keys are the house's alone; the server rewraps them, and drops those of calls whose log is gone.
ALTER TABLE data_keys ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE POLICY house_only ON data_keys USING (ringback_sees_all());--> statement-breakpoint
COMMENT ON TABLE data_keys IS 'retention: as long as what it opens';--> statement-breakpoint
GRANT UPDATE (sealed) ON call_events TO ringback_server;--> statement-breakpoint
-- The only way in which rows leave the tables that otherwise only grow: by their age, one class after the other.
-- Whoever may call it cannot say what goes; webhook_days is the customer's WEBHOOK_RETENTION_DAYS.
CREATE FUNCTION ringback_delete_expired(webhook_days integer)
RETURNS TABLE (what text, deleted bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  event_log timestamptz := now() - interval '30 days';
  webhook timestamptz := now() - make_interval(days => webhook_days);
  audit timestamptz := now() - interval '2 years';
  money timestamptz := now() - interval '7 years';
BEGIN
  IF webhook_days < 1 THEN RAISE EXCEPTION 'webhook payloads are kept for a day at least'; END IF;

  DELETE FROM call_events WHERE at < event_log;
  what := 'call_events'; GET DIAGNOSTICS deleted = ROW_COUNT; RETURN NEXT;
  DELETE FROM data_keys k WHERE k.call_id IS NOT NULL AND k.created_at < event_log
    AND NOT EXISTS (SELECT FROM call_events e WHERE e.call_id = k.call_id);
  what := 'data_keys'; GET DIAGNOSTICS deleted = ROW_COUNT; RETURN NEXT;
  DELETE FROM webhook_inbox WHERE received_at < webhook AND state <> 'received';
  what := 'webhook_inbox'; GET DIAGNOSTICS deleted = ROW_COUNT; RETURN NEXT;
  DELETE FROM stripe_events WHERE received_at < event_log;
  what := 'stripe_events'; GET DIAGNOSTICS deleted = ROW_COUNT; RETURN NEXT;
  DELETE FROM challenges WHERE expires_at < now() - interval '1 day';
  what := 'challenges'; GET DIAGNOSTICS deleted = ROW_COUNT; RETURN NEXT;

  DELETE FROM audit_log WHERE at < audit;
  what := 'audit_log'; GET DIAGNOSTICS deleted = ROW_COUNT; RETURN NEXT;
  DELETE FROM memory_events WHERE at < audit;
  what := 'memory_events'; GET DIAGNOSTICS deleted = ROW_COUNT; RETURN NEXT;
  DELETE FROM money_alerts WHERE at < audit;
  what := 'money_alerts'; GET DIAGNOSTICS deleted = ROW_COUNT; RETURN NEXT;
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
    AND NOT EXISTS (SELECT FROM money_alerts a WHERE a.call_id = c.id);
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
END $$;--> statement-breakpoint
REVOKE ALL ON FUNCTION ringback_delete_expired(integer) FROM PUBLIC;--> statement-breakpoint
GRANT EXECUTE ON FUNCTION ringback_delete_expired(integer) TO ringback_server;
--> statement-breakpoint
-- A price list says nothing about anybody, and without it old bills could not be explained.
COMMENT ON TABLE rate_cards IS 'retention: as long as the house exists';--> statement-breakpoint
COMMENT ON TABLE rates IS 'retention: as long as the house exists';
