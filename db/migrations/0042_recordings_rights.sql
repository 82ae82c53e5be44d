ALTER TABLE recordings ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
-- Their callee hears them and deletes them.
CREATE POLICY owner_or_house ON recordings USING (ringback_sees_all() OR user_id = ringback_user_id());--> statement-breakpoint
REVOKE DELETE ON recordings FROM ringback_server;--> statement-breakpoint
COMMENT ON TABLE recordings IS 'retention: recordings, as long as the house says when one is stored';--> statement-breakpoint
ALTER TABLE recording_pieces ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE POLICY owner_or_house ON recording_pieces USING (ringback_sees_all() OR user_id = ringback_user_id());--> statement-breakpoint
REVOKE UPDATE ON recording_pieces FROM ringback_server;--> statement-breakpoint
COMMENT ON TABLE recording_pieces IS 'retention: with its recording';--> statement-breakpoint
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
  -- Only once the carrier's copy is gone: the row is how it is found.
  DELETE FROM recordings WHERE kept_until < now() AND carrier_removed_at IS NOT NULL;
  what := 'recordings'; GET DIAGNOSTICS deleted = ROW_COUNT; RETURN NEXT;
  DELETE FROM data_keys k WHERE k.call_id IS NOT NULL AND k.created_at < event_log
    AND NOT EXISTS (SELECT FROM call_events e WHERE e.call_id = k.call_id)
    AND NOT EXISTS (SELECT FROM recordings r WHERE r.call_id = k.call_id AND r.state IN ('asked', 'stored'));
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
