"""Indicators as data, what they count, and samples of closed cases drawn for a second look."""

from migrations.sql import SERVER_ROLE, append_only, run, secure

revision = "0018"
down_revision = "0017"

KEPT = ("indicator_set", "recheck", "recheck_result")
DISTRICT = "current_scope() = 'district'"


def upgrade() -> None:
    run("""
CREATE TABLE indicator_set (
  id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT indicator_set_pkey PRIMARY KEY,
  name text NOT NULL CONSTRAINT indicator_set_name_length CHECK (length(name) BETWEEN 1 AND 200),
  source text NOT NULL,
  sample boolean NOT NULL,
  valid_from date NOT NULL,
  digest text NOT NULL CONSTRAINT indicator_set_digest_form CHECK (digest ~ '^[0-9a-f]{64}$'),
  indicators json NOT NULL,
  created_at timestamptz NOT NULL,
  created_by uuid CONSTRAINT indicator_set_created_by_fkey REFERENCES account (id)
);
CREATE INDEX indicator_set_in_force ON indicator_set (valid_from DESC, id DESC);
COMMENT ON TABLE indicator_set IS 'formulas from a day on; of two sets of one day the newer counts';
COMMENT ON COLUMN indicator_set.indicators IS 'JSON with sorted members; its SHA-256 is digest';

CREATE TABLE recheck (
  id uuid CONSTRAINT recheck_pkey PRIMARY KEY,
  seed text NOT NULL CONSTRAINT recheck_seed_length CHECK (length(seed) BETWEEN 8 AND 64),
  from_day date NOT NULL,
  to_day date NOT NULL CONSTRAINT recheck_days_in_order CHECK (to_day >= from_day),
  township_code text,
  category text,
  population text[] NOT NULL,
  drawn text[] NOT NULL,
  drawn_at timestamptz NOT NULL,
  drawn_by uuid NOT NULL CONSTRAINT recheck_drawn_by_fkey REFERENCES account (id)
);
CREATE INDEX recheck_list ON recheck (drawn_at DESC, id DESC);
COMMENT ON COLUMN recheck.population IS 'numbers of all cases closed in the period as it was drawn, in order';
COMMENT ON COLUMN recheck.drawn IS 'the first of the population by SHA-256 of seed and number: anybody can draw them again';

CREATE TABLE recheck_result (
  recheck_id uuid NOT NULL CONSTRAINT recheck_result_recheck_id_fkey REFERENCES recheck (id),
  case_id uuid NOT NULL CONSTRAINT recheck_result_case_id_fkey REFERENCES case_file (id),
  passed boolean NOT NULL,
  note text NOT NULL,
  checked_at timestamptz NOT NULL,
  checked_by uuid NOT NULL CONSTRAINT recheck_result_checked_by_fkey REFERENCES account (id),
  CONSTRAINT recheck_result_pkey PRIMARY KEY (recheck_id, case_id)
);
CREATE INDEX recheck_result_case_id ON recheck_result (case_id);
""")
    append_only(KEPT)
    secure("indicator_set", read="current_account() IS NOT NULL", insert=DISTRICT)
    secure("recheck", read=DISTRICT, insert=f"{DISTRICT} AND drawn_by = current_account()")
    secure("recheck_result", read="EXISTS (SELECT 1 FROM case_file c WHERE c.id = case_id)", insert=DISTRICT)
    # A figure and the list behind it are the same rows of this view, so that they cannot differ. One branch a measure:
    # each finds its period by an index, and the rights on the tables below stay those of who asks.
    run(f"""
CREATE INDEX ledger_registered ON ledger (recorded_at) WHERE action IN ('case.registered', 'case.refused');
CREATE INDEX case_clock_handle_due ON case_clock (due_at) WHERE name = 'handle';
CREATE INDEX recheck_result_checked_at ON recheck_result (checked_at);
CREATE VIEW case_measure WITH (security_invoker = true) AS
  SELECT 'accepted' AS measure, c.opened_at AS at, c.id AS case_id, c.number, c.township_code, c.category, c.state
  FROM case_file c
  UNION ALL
  SELECT CASE l.action WHEN 'case.registered' THEN 'registered' ELSE 'refused' END, l.recorded_at, c.id, c.number,
    c.township_code, c.category, c.state
  FROM ledger l JOIN case_file c ON c.id = l.case_id
  WHERE l.action IN ('case.registered', 'case.refused')
  UNION ALL
  SELECT m.measure, k.due_at, c.id, c.number, c.township_code, c.category, c.state
  FROM case_clock k
  JOIN case_file c ON c.id = k.case_id
  CROSS JOIN LATERAL (VALUES
    ('due', true),
    ('closed', c.state = 'closed'),
    ('closed_on_time', c.state = 'closed' AND coalesce(k.paused_at, k.stopped_at) <= k.due_at),
    ('reworked', c.round > 0)
  ) AS m (measure, counts)
  WHERE k.name = 'handle' AND m.counts AND c.state NOT IN ('refused', 'cancelled', 'merged', 'transferred')
    AND NOT EXISTS (SELECT 1 FROM case_clock newer
      WHERE newer.case_id = k.case_id AND newer.name = k.name AND newer.round > k.round)
  UNION ALL
  SELECT m.measure, r.checked_at, c.id, c.number, c.township_code, c.category, c.state
  FROM recheck_result r
  JOIN case_file c ON c.id = r.case_id
  CROSS JOIN LATERAL (VALUES ('rechecked', true), ('recheck_failed', NOT r.passed)) AS m (measure, counts)
  WHERE m.counts;
GRANT SELECT ON case_measure TO {SERVER_ROLE};
COMMENT ON VIEW case_measure IS 'a row for each time a case counts in a measure, and when: a due case by its due moment';
""")


def downgrade() -> None:
    run("""
DROP VIEW case_measure;
DROP INDEX case_clock_handle_due;
DROP INDEX ledger_registered;
DROP TABLE recheck_result;
DROP TABLE recheck;
DROP TABLE indicator_set;
""")
