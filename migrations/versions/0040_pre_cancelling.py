"""A drawing that nobody waits for any more is cancelled: its files go, and the worker leaves it at its next step."""

from migrations.sql import definer, run

revision = "0040"
down_revision = "0039"

STATES = "'waiting', 'reading', 'reported', 'failed'"


def _known(states: str) -> str:
    return f"""
ALTER TABLE zone_run DROP CONSTRAINT zone_run_state_known;
ALTER TABLE zone_run ADD CONSTRAINT zone_run_state_known CHECK (state IN ({states}));
"""


CANCELLING = """
-- Cancels a drawing that has not ended; whether it did.
CREATE FUNCTION zone_run_cancel_v1(p_run uuid, p_at timestamptz) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  IF current_account() IS NULL OR NOT may_manage_zones_v1() THEN
    RAISE EXCEPTION 'zones are the district''s' USING ERRCODE = 'insufficient_privilege';
  END IF;
  UPDATE zone_run r SET state = 'cancelled', phase = NULL, done = NULL, total = NULL, ended_at = p_at
  WHERE r.id = p_run AND r.task = 'drawing' AND r.state IN ('waiting', 'reading');
  IF NOT FOUND THEN
    RETURN false;
  END IF;
  DELETE FROM zone_run_piece p WHERE p.run_id = p_run;
  RETURN true;
END $$;

CREATE OR REPLACE FUNCTION zone_run_progress_v1(p_run uuid, p_attempt integer, p_phase text, p_done integer, p_total integer)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  PERFORM zone_run_import(p_run, p_attempt);
  UPDATE zone_run r SET phase = p_phase, done = p_done, total = p_total
  WHERE r.id = p_run AND r.attempt = p_attempt AND r.state = 'reading';
END $$;
"""


def upgrade() -> None:
    run(_known(f"{STATES}, 'cancelled'"))
    run(CANCELLING)
    definer("zone_run_cancel_v1", "uuid, timestamptz")


def downgrade() -> None:
    # Its files are gone: it failed, as far as the older schema can say.
    run("""
UPDATE zone_run SET state = 'failed', problem = '{"code": "internal", "detail": {}}' WHERE state = 'cancelled'
""")
    run(_known(STATES))
    run("""
DROP FUNCTION zone_run_cancel_v1(uuid, timestamptz);
CREATE OR REPLACE FUNCTION zone_run_progress_v1(p_run uuid, p_attempt integer, p_phase text, p_done integer, p_total integer)
RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  UPDATE zone_run r SET phase = p_phase, done = p_done, total = p_total
  WHERE r.id = p_run AND r.attempt = p_attempt AND r.state = 'reading'
$$;
""")
