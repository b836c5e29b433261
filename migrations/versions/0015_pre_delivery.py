"""What is told to whom, by which way, and whether it arrived: channels, deliveries, and what the worker may do there."""

from migrations.sql import SERVER_ROLE, WORKER_ROLE, definer, run, secure

revision = "0015"
down_revision = "0014"

FOR_THE_WORKER = {
    "notice_channels_due_v1": "timestamptz",
    "notice_due_v1": "uuid, timestamptz, boolean",
    "notice_take_v1": "uuid, timestamptz, boolean, double precision, integer",
    "notice_note_v1": "uuid, uuid, timestamptz, text, text, integer, timestamptz, double precision",
    "handover_alarms_v1": "timestamptz",
}
FOR_THE_SERVER = {
    "notice_test_v1": "uuid",
    "inbox_read_v1": "bigint",
    "operation_counts_v1": "",
}


def upgrade() -> None:
    run("""
CREATE TABLE notice_channel (
  id uuid CONSTRAINT notice_channel_pkey PRIMARY KEY DEFAULT gen_random_uuid(),
  organisation_id uuid NOT NULL CONSTRAINT notice_channel_organisation_id_fkey REFERENCES organisation (id),
  all_bodies boolean NOT NULL DEFAULT false,
  kind text NOT NULL CONSTRAINT notice_channel_kind_known CHECK (kind IN ('email', 'webhook', 'wecom', 'dingtalk')),
  name text NOT NULL,
  shown text NOT NULL,
  sealed text NOT NULL,
  events text[] NOT NULL CONSTRAINT notice_channel_events_some CHECK (cardinality(events) > 0),
  quiet_hours text,
  digest_minutes integer NOT NULL DEFAULT 0
    CONSTRAINT notice_channel_digest_minutes_range CHECK (digest_minutes BETWEEN 0 AND 1440),
  enabled boolean NOT NULL DEFAULT true,
  created_at timestamptz NOT NULL DEFAULT now(),
  deleted_at timestamptz,
  failures integer NOT NULL DEFAULT 0,
  failing_until timestamptz,
  CONSTRAINT notice_channel_one_event_a_message CHECK (kind <> 'webhook' OR digest_minutes = 0),
  CONSTRAINT notice_channel_deleted_whole CHECK (deleted_at IS NULL OR (NOT enabled AND sealed = ''))
);
CREATE INDEX notice_channel_of_organisation ON notice_channel (organisation_id) WHERE deleted_at IS NULL;
COMMENT ON COLUMN notice_channel.shown IS 'the address without what would let somebody else send there';
COMMENT ON COLUMN notice_channel.sealed IS 'address and secret, encrypted with a key that is not in the database';

CREATE TABLE notice_delivery (
  id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT notice_delivery_pkey PRIMARY KEY,
  outbox_id bigint NOT NULL CONSTRAINT notice_delivery_outbox_id_fkey REFERENCES outbox (id),
  channel_id uuid NOT NULL CONSTRAINT notice_delivery_channel_id_fkey REFERENCES notice_channel (id),
  organisation_id uuid NOT NULL CONSTRAINT notice_delivery_organisation_id_fkey REFERENCES organisation (id),
  case_number text,
  urgent boolean NOT NULL DEFAULT false,
  state text NOT NULL DEFAULT 'pending'
    CONSTRAINT notice_delivery_state_known CHECK (state IN ('pending', 'sent', 'failed', 'dropped')),
  batch_id uuid,
  attempts integer NOT NULL DEFAULT 0,
  next_try_at timestamptz NOT NULL,
  first_tried_at timestamptz,
  last_error text,
  last_status integer,
  created_at timestamptz NOT NULL DEFAULT now(),
  settled_at timestamptz,
  CONSTRAINT notice_delivery_once UNIQUE (outbox_id, channel_id),
  CONSTRAINT notice_delivery_settled_whole CHECK ((state = 'pending') = (settled_at IS NULL))
);
CREATE INDEX notice_delivery_waiting ON notice_delivery (channel_id, next_try_at) WHERE state = 'pending';
CREATE INDEX notice_delivery_open ON notice_delivery (state) WHERE state IN ('pending', 'failed');
CREATE INDEX notice_delivery_batch_id ON notice_delivery (batch_id) WHERE batch_id IS NOT NULL;
CREATE INDEX notice_delivery_of_organisation ON notice_delivery (organisation_id, id DESC);
CREATE INDEX notice_delivery_of_case ON notice_delivery (case_number, id DESC);
COMMENT ON COLUMN notice_delivery.batch_id IS 'what went, or tries to go, in one message: fixed before the first try';
COMMENT ON COLUMN notice_delivery.first_tried_at IS 'a delivery is given up a day after this, not after it was put down';
CREATE INDEX case_file_handed_over ON case_file (opened_at, id) WHERE state IN ('dispatched', 'accepted');
""")
    secure("notice_channel", read="may_see(organisation_id, NULL)", insert="may_see(organisation_id, NULL)",
           update="may_see(organisation_id, NULL)")  # fmt: skip
    # What is sealed is written by the server and opened by the worker; a row you may see still does not show it.
    run(f"REVOKE SELECT ON notice_channel FROM {SERVER_ROLE}")
    run(
        "GRANT SELECT (id, organisation_id, all_bodies, kind, name, shown, events, quiet_hours, digest_minutes, enabled, "
        f"created_at, deleted_at, failures, failing_until) ON notice_channel TO {SERVER_ROLE}"
    )
    run(
        "GRANT UPDATE (all_bodies, name, shown, sealed, events, quiet_hours, digest_minutes, enabled, deleted_at, "
        f"failures, failing_until) ON notice_channel TO {SERVER_ROLE}"
    )
    secure("notice_delivery", read="may_see(organisation_id, NULL)")
    # A delivery is put back or dropped by people; that it was sent, or failed, only the worker says.
    run(
        f"CREATE POLICY notice_delivery_update ON notice_delivery FOR UPDATE TO {SERVER_ROLE} "
        "USING (may_see(organisation_id, NULL)) "
        "WITH CHECK (may_see(organisation_id, NULL) AND state IN ('pending', 'dropped'))"
    )
    run(
        "GRANT UPDATE (state, batch_id, attempts, next_try_at, first_tried_at, last_error, last_status, settled_at) "
        f"ON notice_delivery TO {SERVER_ROLE}"
    )
    _fan_out()
    _work()
    _look()
    definer("outbox_put_v1", "text, text, uuid, jsonb")
    for name, arguments in FOR_THE_SERVER.items():
        definer(name, arguments)
    for name, arguments in FOR_THE_WORKER.items():
        definer(name, arguments)
        run(f"REVOKE EXECUTE ON FUNCTION {name}({arguments}) FROM {SERVER_ROLE}")
        run(f"GRANT EXECUTE ON FUNCTION {name}({arguments}) TO {WORKER_ROLE}")


def _fan_out() -> None:
    run(r"""
-- Whoever puts an event into the outbox puts its deliveries and the worker's job into the same transaction.
CREATE OR REPLACE FUNCTION outbox_put_v1(p_event text, p_key text, p_organisation uuid, p_payload jsonb)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  new_id bigint;
  is_urgent boolean;
BEGIN
  INSERT INTO outbox (event, dedupe_key, organisation_id, payload) VALUES (p_event, p_key, p_organisation, p_payload)
  ON CONFLICT (dedupe_key) DO NOTHING
  RETURNING id INTO new_id;
  IF new_id IS NULL OR NOT EXISTS (SELECT 1 FROM notice_channel c WHERE c.enabled) THEN
    RETURN;
  END IF;
  is_urgent := coalesce((SELECT f.emergency FROM case_file f
    WHERE f.number = p_payload ->> 'case'), false);
  INSERT INTO notice_delivery (outbox_id, channel_id, organisation_id, case_number, urgent, next_try_at)
  SELECT new_id, c.id, c.organisation_id, p_payload ->> 'case', is_urgent,
    now() + CASE WHEN is_urgent THEN interval '0' ELSE make_interval(mins => c.digest_minutes) END
  FROM notice_channel c
  WHERE c.enabled AND (c.organisation_id = p_organisation OR c.all_bodies)
    -- Underscores are letters of an event's name; the star of a pattern stands for anything.
    AND EXISTS (SELECT 1 FROM unnest(c.events) pattern
      WHERE p_event LIKE replace(replace(pattern, '_', '\_'), '*', '%'));
  IF FOUND THEN
    PERFORM job_put_v1('notices_deliver', '{}');
  END IF;
END $$;
""")


def _work() -> None:
    run("""
-- Whether a channel has something to send now. Of a channel whose host just failed nothing is due.
CREATE FUNCTION notice_due_v1(p_channel uuid, p_now timestamptz, p_urgent_only boolean) RETURNS boolean
LANGUAGE sql STABLE AS $$
  SELECT EXISTS (SELECT 1 FROM notice_delivery d JOIN notice_channel c ON c.id = d.channel_id
    WHERE d.channel_id = p_channel AND d.state = 'pending' AND d.next_try_at <= p_now AND (d.urgent OR NOT p_urgent_only)
      AND c.enabled AND (c.failing_until IS NULL OR c.failing_until <= p_now))
$$;
CREATE FUNCTION notice_channels_due_v1(p_now timestamptz) RETURNS TABLE (channel_id uuid, quiet_hours text)
LANGUAGE sql STABLE AS $$
  SELECT c.id, c.quiet_hours FROM notice_channel c WHERE notice_due_v1(c.id, p_now, false) ORDER BY c.id
$$;

-- The next message of a channel: one delivery, or all that wait when it collects them. What is in it is fixed before
-- the first try, so that a further try is the same message. Counts the try, and puts the next one off for as long as
-- p_hold_s: a worker that dies of a message does not die of it at once again.
CREATE FUNCTION notice_take_v1(p_channel uuid, p_now timestamptz, p_urgent_only boolean, p_hold_s double precision,
  p_most integer)
RETURNS json LANGUAGE plpgsql AS $$
DECLARE
  via record;
  chosen record;
  batch uuid;
BEGIN
  SELECT c.kind, c.sealed, c.digest_minutes, c.failures INTO via FROM notice_channel c
  WHERE c.id = p_channel AND notice_due_v1(c.id, p_now, p_urgent_only)
  FOR UPDATE;
  IF NOT FOUND THEN
    RETURN NULL;
  END IF;
  SELECT d.id, d.batch_id, d.urgent INTO chosen FROM notice_delivery d
  WHERE d.channel_id = p_channel AND d.state = 'pending' AND d.next_try_at <= p_now AND (d.urgent OR NOT p_urgent_only)
  ORDER BY d.urgent DESC, d.id
  LIMIT 1
  FOR UPDATE;
  IF NOT FOUND THEN
    RETURN NULL;
  END IF;
  batch := coalesce(chosen.batch_id, gen_random_uuid());
  IF chosen.batch_id IS NULL THEN
    UPDATE notice_delivery SET batch_id = batch
    WHERE id = chosen.id OR (via.digest_minutes > 0 AND NOT chosen.urgent AND id IN (
      SELECT d.id FROM notice_delivery d
      WHERE d.channel_id = p_channel AND d.state = 'pending' AND d.batch_id IS NULL AND NOT d.urgent
      ORDER BY d.id
      LIMIT p_most));
  END IF;
  UPDATE notice_delivery SET attempts = attempts + 1, first_tried_at = coalesce(first_tried_at, p_now),
    next_try_at = p_now + make_interval(secs => p_hold_s)
  WHERE batch_id = batch AND state = 'pending';
  RETURN json_build_object('batch', batch, 'kind', via.kind, 'sealed', via.sealed, 'failures', via.failures,
    'attempts', (SELECT max(d.attempts) FROM notice_delivery d WHERE d.batch_id = batch AND d.state = 'pending'),
    'items', (
      SELECT json_agg(json_build_object('event', x.event, 'key', x.dedupe_key, 'payload', x.payload, 'at', x.created_at,
        'body', b.code, 'body_name', b.body_name, 'body_name_en', b.body_name_en,
        'township_name', t.name, 'category_name', k.name, 'category_name_en', k.name_en) ORDER BY d.id)
      FROM notice_delivery d
      JOIN outbox x ON x.id = d.outbox_id
      JOIN organisation b ON b.id = x.organisation_id
      LEFT JOIN organisation t ON t.code = x.payload ->> 'township'
      LEFT JOIN LATERAL (SELECT g.name, g.name_en FROM category g WHERE g.code = x.payload ->> 'category'
        ORDER BY upper(g.valid) DESC NULLS FIRST LIMIT 1) k ON true
      WHERE d.batch_id = batch AND d.state = 'pending'));
END $$;

-- What became of a message: sent; refused, which is about this message; or failed, which is about the host and so
-- holds for all that is due on the channel. One that has been tried for p_give_up_s is given up.
CREATE FUNCTION notice_note_v1(p_channel uuid, p_batch uuid, p_now timestamptz, p_outcome text, p_error text, p_status integer,
  p_retry_at timestamptz, p_give_up_s double precision)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF p_outcome = 'sent' THEN
    UPDATE notice_delivery SET state = 'sent', settled_at = p_now, last_error = NULL, last_status = p_status
    WHERE batch_id = p_batch AND state = 'pending';
    UPDATE notice_channel SET failures = 0, failing_until = NULL WHERE id = p_channel AND failures > 0;
    RETURN;
  END IF;
  UPDATE notice_delivery d SET last_error = p_error, last_status = p_status, next_try_at = p_retry_at,
    attempts = d.attempts + CASE WHEN d.batch_id = p_batch THEN 0 ELSE 1 END,
    first_tried_at = coalesce(d.first_tried_at, p_now),
    state = CASE WHEN over.done THEN 'failed' ELSE 'pending' END,
    settled_at = CASE WHEN over.done THEN p_now END
  FROM (SELECT o.id, o.first_tried_at IS NOT NULL AND p_now >= o.first_tried_at + make_interval(secs => p_give_up_s) AS done
    FROM notice_delivery o
    WHERE o.channel_id = p_channel AND o.state = 'pending'
      AND (o.batch_id = p_batch OR (p_outcome = 'failed' AND o.next_try_at <= p_now))) over
  WHERE d.id = over.id;
  IF p_outcome = 'failed' THEN
    UPDATE notice_channel SET failures = failures + 1, failing_until = p_retry_at WHERE id = p_channel;
  END IF;
END $$;

-- Tells the district, once for each handover, of those nobody has accepted since p_before. Returns how many were new.
CREATE FUNCTION handover_alarms_v1(p_before timestamptz) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
  late record;
  told integer := 0;
BEGIN
  FOR late IN
    SELECT 'handover.alarm:' || c.number || ':' || l.seq AS key, c.number, c.category, c.township_code, c.version, c.state,
      d.id AS district
    FROM case_file c
    JOIN LATERAL (SELECT e.seq, e.recorded_at FROM ledger e WHERE e.case_id = c.id AND e.action = 'case.dispatched'
      ORDER BY e.seq DESC LIMIT 1) l ON l.recorded_at < p_before
    CROSS JOIN (SELECT o.id FROM organisation o WHERE o.kind = 'district') d
    WHERE c.state = 'dispatched'
  LOOP
    IF NOT EXISTS (SELECT 1 FROM outbox x WHERE x.dedupe_key = late.key) THEN
      PERFORM outbox_put_v1('handover.alarm', late.key, late.district, jsonb_build_object('case', late.number,
        'to', late.state, 'version', late.version, 'category', late.category, 'township', late.township_code));
      told := told + 1;
    END IF;
  END LOOP;
  RETURN told;
END $$;
""")


def _look() -> None:
    run("""
-- A test message of one channel, past its patterns and its quiet hours; returns the delivery, nothing when the channel
-- is not there or switched off.
CREATE FUNCTION notice_test_v1(p_channel uuid) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  new_id bigint;
BEGIN
  WITH put AS (
    INSERT INTO outbox (event, dedupe_key, organisation_id, payload)
    SELECT 'notice.test', 'notice.test:' || gen_random_uuid(), c.organisation_id, '{}' FROM notice_channel c
    WHERE c.id = p_channel AND c.enabled AND may_see(c.organisation_id, NULL)
    RETURNING id, organisation_id)
  INSERT INTO notice_delivery (outbox_id, channel_id, organisation_id, urgent, next_try_at)
  SELECT p.id, p_channel, p.organisation_id, true, now() FROM put p
  RETURNING id INTO new_id;
  IF FOUND THEN
    UPDATE notice_channel SET failing_until = NULL WHERE id = p_channel;
    PERFORM job_put_v1('notices_deliver', '{}');
  END IF;
  RETURN new_id;
END $$;

-- Marks an entry of the asker's own inbox as read, the first time it is; whether there is such an entry.
CREATE FUNCTION inbox_read_v1(p_entry bigint) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  UPDATE inbox_entry SET read_at = coalesce(read_at, clock_timestamp())
  WHERE id = p_entry AND organisation_id = current_organisation();
  RETURN FOUND;
END $$;

-- Numbers for the operator, of nobody in particular: what waits, what was given up, and how old the oldest is.
CREATE FUNCTION operation_counts_v1() RETURNS json LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN json_build_object(
    'jobs', (SELECT coalesce(json_agg(json_build_array(j.task_name, j.status, j.jobs)), '[]') FROM (
      SELECT p.task_name, CAST(p.status AS text) AS status, count(*) AS jobs FROM procrastinate_jobs p
      WHERE p.status <> 'succeeded' GROUP BY 1, 2 ORDER BY 1, 2) j),
    'deliveries', (SELECT coalesce(json_agg(json_build_array(n.kind, n.state, n.deliveries)), '[]') FROM (
      SELECT c.kind, d.state, count(*) AS deliveries FROM notice_delivery d JOIN notice_channel c ON c.id = d.channel_id
      WHERE d.state IN ('pending', 'failed') GROUP BY 1, 2 ORDER BY 1, 2) n),
    'handovers', (SELECT json_build_array(count(*), coalesce(extract(epoch FROM now() - min(l.recorded_at)), 0))
      FROM case_file c
      JOIN LATERAL (SELECT e.recorded_at FROM ledger e WHERE e.case_id = c.id AND e.action = 'case.dispatched'
        ORDER BY e.seq DESC LIMIT 1) l ON true
      WHERE c.state = 'dispatched'));
END $$;
""")


def downgrade() -> None:
    for name, arguments in {**FOR_THE_WORKER, **FOR_THE_SERVER}.items():
        run(f"DROP FUNCTION {name}({arguments})")
    run("""
CREATE OR REPLACE FUNCTION outbox_put_v1(p_event text, p_key text, p_organisation uuid, p_payload jsonb)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO outbox (event, dedupe_key, organisation_id, payload) VALUES (p_event, p_key, p_organisation, p_payload)
  ON CONFLICT (dedupe_key) DO NOTHING;
END $$;
DROP INDEX case_file_handed_over;
DROP TABLE notice_delivery;
DROP TABLE notice_channel;
""")
    definer("outbox_put_v1", "text, text, uuid, jsonb")
