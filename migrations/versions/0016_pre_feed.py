"""The live feed: what changed, in an order a reader can resume from, and the tickets that open a stream."""

from migrations.sql import SERVER_ROLE, WORKER_ROLE, definer, run, secure

revision = "0016"
down_revision = "0015"

FUNCTIONS = {
    "feed_settle_v1": "",
    "feed_settle_all_v1": "",
    "feed_edges_v1": "",
    "feed_read_v1": "bigint, integer",
    "stream_ticket_put_v1": "bytea, uuid, timestamptz, integer",
    "stream_ticket_take_v1": "bytea",
}


def upgrade() -> None:
    run("""
-- No foreign keys: a change is a hint that is thrown away after some days, and every intake writes one.
CREATE TABLE change (
  id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT change_pkey PRIMARY KEY,
  seq bigint CONSTRAINT change_seq_key UNIQUE,
  kind text NOT NULL CONSTRAINT change_kind_form CHECK (kind ~ '^[a-z_]+[.][a-z_]+$'),
  at timestamptz NOT NULL,
  case_number text NOT NULL,
  state text,
  version integer NOT NULL,
  organisation_id uuid NOT NULL,
  township_code text,
  reporter_id uuid,
  lon double precision NOT NULL,
  lat double precision NOT NULL
);
CREATE INDEX change_unsettled ON change (id) WHERE seq IS NULL;
COMMENT ON COLUMN change.seq IS 'place in the feed, given after the commit that made the row: order of visibility';
COMMENT ON COLUMN change.organisation_id IS 'the body that could see the case when this happened';

CREATE TABLE stream_ticket (
  digest bytea CONSTRAINT stream_ticket_pkey PRIMARY KEY,
  session_id uuid NOT NULL CONSTRAINT stream_ticket_session_id_fkey REFERENCES session (id) ON DELETE CASCADE,
  token_expires_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL
);
COMMENT ON COLUMN stream_ticket.digest IS 'SHA-256: what lies here opens nothing';
""")
    run("""
-- Whatever enters a case's history is a change; nobody has to think of it.
CREATE FUNCTION change_of_ledger() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO change (kind, at, case_number, state, version, organisation_id, township_code, reporter_id, lon, lat)
  SELECT NEW.action, NEW.recorded_at, c.number, c.state, c.version, c.organisation_id, c.township_code, c.reporter_id,
    ST_X(c.place), ST_Y(c.place)
  FROM case_file c
  WHERE c.id = NEW.case_id;
  RETURN NULL;
END $$;
CREATE TRIGGER ledger_change AFTER INSERT ON ledger FOR EACH ROW EXECUTE FUNCTION change_of_ledger();

-- A body that gives a case away is told that it is gone, and neither where to nor what became of it.
CREATE FUNCTION change_of_body() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO change (kind, at, case_number, version, organisation_id, township_code, lon, lat)
  VALUES ('case.left', clock_timestamp(), NEW.number, NEW.version, OLD.organisation_id, NEW.township_code,
    ST_X(NEW.place), ST_Y(NEW.place));
  RETURN NULL;
END $$;
CREATE TRIGGER case_file_change AFTER UPDATE OF organisation_id ON case_file FOR EACH ROW
WHEN (OLD.organisation_id IS DISTINCT FROM NEW.organisation_id) EXECUTE FUNCTION change_of_body();

-- Gives committed changes their place. Only whoever holds the lock does, and holds it until that is committed: a
-- reader who sees a place sees all places before it. A transaction that is still under way is simply placed later.
-- No sequence: its numbers are seen before the rows that bear them, and are used up by whoever rolls back.
CREATE FUNCTION feed_settle_v1() RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
  settled integer := 0;
BEGIN
  IF EXISTS (SELECT 1 FROM change h WHERE h.seq IS NULL) AND pg_try_advisory_xact_lock(1178944836) THEN
    WITH placed AS MATERIALIZED (
      SELECT w.id, row_number() OVER (ORDER BY w.id) + (SELECT coalesce(max(k.seq), 0) FROM change k) AS seq
      FROM change w
      WHERE w.seq IS NULL
      ORDER BY w.id
      LIMIT 1000)
    UPDATE change h SET seq = placed.seq
    FROM placed
    WHERE h.id = placed.id;
    GET DIAGNOSTICS settled = ROW_COUNT;
  END IF;
  RETURN settled;
END $$;
-- All that waits, so that who begins to read after a quiet time begins at its end.
CREATE FUNCTION feed_settle_all_v1() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  WHILE feed_settle_v1() > 0 LOOP
  END LOOP;
END $$;
-- From where to where the feed goes now; a cursor before `oldest` - 1 or behind `newest` leads nowhere.
CREATE FUNCTION feed_edges_v1() RETURNS TABLE (oldest bigint, newest bigint) LANGUAGE plpgsql AS $$
BEGIN
  PERFORM feed_settle_all_v1();
  RETURN QUERY SELECT coalesce((SELECT min(h.seq) FROM change h), 1), coalesce((SELECT max(h.seq) FROM change h), 0);
END $$;
-- What the listener of a server process hands to the streams of that process, each according to its scope.
CREATE FUNCTION feed_read_v1(p_after bigint, p_rows integer)
RETURNS TABLE (seq bigint, kind text, at timestamptz, case_number text, state text, version integer, body text,
  township_code text, lon double precision, lat double precision, organisation_id uuid, reporter_id uuid)
LANGUAGE plpgsql AS $$
BEGIN
  PERFORM feed_settle_v1();
  RETURN QUERY SELECT h.seq, h.kind, h.at, h.case_number, h.state, h.version, o.code, h.township_code, h.lon, h.lat,
    h.organisation_id, h.reporter_id
  FROM change h JOIN organisation o ON o.id = h.organisation_id
  WHERE h.seq > p_after
  ORDER BY h.seq
  LIMIT p_rows;
END $$;
-- The newest change stays, however old: it says how far the feed has come.
CREATE FUNCTION feed_purge_v1(p_before timestamptz) RETURNS bigint LANGUAGE sql AS $$
  SELECT feed_settle_all_v1();
  WITH gone AS (
    DELETE FROM change h
    WHERE h.seq < coalesce((SELECT min(k.seq) FROM change k WHERE k.at >= p_before),
      (SELECT max(k.seq) FROM change k))
    RETURNING 1)
  SELECT count(*) FROM gone
$$;

CREATE FUNCTION stream_ticket_put_v1(p_digest bytea, p_session uuid, p_token_expires_at timestamptz, p_lifetime_s integer)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM stream_ticket t WHERE t.expires_at < now();
  INSERT INTO stream_ticket (digest, session_id, token_expires_at, expires_at)
  SELECT p_digest, s.id, p_token_expires_at, now() + make_interval(secs => p_lifetime_s)
  FROM session s
  WHERE s.id = p_session AND s.account_id = current_account();
END $$;
-- Good once: of two that show it at the same time one gets it.
CREATE FUNCTION stream_ticket_take_v1(p_digest bytea)
RETURNS TABLE (account_id uuid, session_id uuid, token_expires_at timestamptz) LANGUAGE sql AS $$
  WITH taken AS (
    DELETE FROM stream_ticket t WHERE t.digest = p_digest AND t.expires_at > now()
    RETURNING t.session_id, t.token_expires_at)
  SELECT s.account_id, s.id, taken.token_expires_at FROM taken JOIN session s ON s.id = taken.session_id
$$;
""")
    secure("change", read="may_see(organisation_id, reporter_id)")
    secure("stream_ticket", read="false")
    for name, arguments in FUNCTIONS.items():
        definer(name, arguments)
    definer("feed_purge_v1", "timestamptz")
    run(f"REVOKE EXECUTE ON FUNCTION feed_purge_v1(timestamptz) FROM {SERVER_ROLE}")
    run(f"GRANT EXECUTE ON FUNCTION feed_purge_v1(timestamptz) TO {WORKER_ROLE}")


def downgrade() -> None:
    run("DROP TRIGGER case_file_change ON case_file")
    run("DROP TRIGGER ledger_change ON ledger")
    run("DROP FUNCTION feed_purge_v1(timestamptz)")
    for name, arguments in FUNCTIONS.items():
        run(f"DROP FUNCTION {name}({arguments})")
    run("""
DROP FUNCTION change_of_body();
DROP FUNCTION change_of_ledger();
DROP TABLE stream_ticket;
DROP TABLE change;
""")
