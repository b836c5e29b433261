"""Looks at where officers were: also at live positions, tracks and shifts, with the words and the period of who looked."""

from migrations.sql import definer, run

revision = "0021"
down_revision = "0020"

LOOK = "uuid[], text, text, timestamptz, timestamptz, timestamptz"


def upgrade() -> None:
    run("""
ALTER TABLE position_look
  ALTER COLUMN case_id DROP NOT NULL,
  ADD COLUMN reason text CONSTRAINT position_look_reason_length CHECK (length(reason) BETWEEN 1 AND 500),
  ADD COLUMN from_at timestamptz,
  ADD COLUMN to_at timestamptz,
  DROP CONSTRAINT position_look_why_known,
  ADD CONSTRAINT position_look_why_known CHECK (why IN ('case_suggestion', 'live_map', 'track_playback', 'track_export',
    'shift_summary', 'coverage_of_officer', 'sos')),
  ADD CONSTRAINT position_look_case_told CHECK ((why = 'case_suggestion') = (case_id IS NOT NULL)),
  ADD CONSTRAINT position_look_period_whole CHECK ((from_at IS NULL) = (to_at IS NULL) AND from_at <= to_at);
COMMENT ON COLUMN position_look.reason IS 'what the looker typed';
COMMENT ON COLUMN position_look.from_at IS 'from here to to_at: the period that was shown; null for one position of now';
-- A live map looks every second: one row a looker, officer and clock hour says as much.
CREATE UNIQUE INDEX position_look_live_hour
  ON position_look (looked_by, account_id, date_trunc('hour', looked_at AT TIME ZONE 'UTC')) WHERE why = 'live_map';

-- Notes that the account that asks was shown where these officers were. For functions with their owner's rights, in the
-- very transaction that shows it. Whoever looks at their own is not noted.
CREATE FUNCTION position_look_v1(p_accounts uuid[], p_why text, p_reason text, p_from timestamptz, p_to timestamptz,
  p_at timestamptz) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO position_look (looked_by, account_id, why, reason, from_at, to_at, looked_at)
  SELECT current_account(), whose, p_why, p_reason, p_from, p_to, p_at
  FROM (SELECT DISTINCT unnest(p_accounts) AS whose) shown
  WHERE whose <> current_account()
  ORDER BY whose
  ON CONFLICT (looked_by, account_id, date_trunc('hour', looked_at AT TIME ZONE 'UTC')) WHERE why = 'live_map'
  DO NOTHING;
END $$;
REVOKE ALL ON FUNCTION position_look_v1(uuid[], text, text, timestamptz, timestamptz, timestamptz) FROM PUBLIC;

-- Who looked at where the account that asks was, newest first, by name: nobody looks unnamed.
CREATE FUNCTION position_looks_v1(p_before bigint, p_rows integer)
RETURNS TABLE (id bigint, looked_by uuid, display_name text, role text, body_code text, body_name text,
  looked_at timestamptz, why text, reason text, from_at timestamptz, to_at timestamptz, case_number text)
LANGUAGE sql STABLE AS $$
  SELECT l.id, l.looked_by, a.display_name, a.role, o.code, o.body_name, l.looked_at, l.why, l.reason, l.from_at, l.to_at,
    c.number
  FROM position_look l
  JOIN account a ON a.id = l.looked_by
  JOIN organisation o ON o.id = a.organisation_id
  LEFT JOIN case_file c ON c.id = l.case_id AND may_see(c.organisation_id, c.reporter_id)
  WHERE l.account_id = current_account() AND (p_before IS NULL OR l.id < p_before)
  ORDER BY l.id DESC
  LIMIT p_rows
$$;
""")
    definer("position_looks_v1", "bigint, integer")


def downgrade() -> None:
    run(f"""
DROP FUNCTION position_looks_v1(bigint, integer);
DROP FUNCTION position_look_v1({LOOK});
DROP INDEX position_look_live_hour;
-- What the step before cannot hold goes with the step.
ALTER TABLE position_look DISABLE TRIGGER position_look_append_only;
DELETE FROM position_look WHERE case_id IS NULL;
ALTER TABLE position_look ENABLE TRIGGER position_look_append_only;
ALTER TABLE position_look
  DROP CONSTRAINT position_look_period_whole,
  DROP CONSTRAINT position_look_case_told,
  DROP CONSTRAINT position_look_why_known,
  ADD CONSTRAINT position_look_why_known CHECK (why IN ('case_suggestion')),
  DROP COLUMN to_at,
  DROP COLUMN from_at,
  DROP COLUMN reason,
  ALTER COLUMN case_id SET NOT NULL;
""")
