"""Jobs: the tables of the job queue (procrastinate), the function that puts a job into the caller's transaction, and
what the worker may do to other tables: two functions and nothing else."""

from procrastinate.schema import SchemaManager

from migrations.sql import SERVER_ROLE, WORKER_ROLE, definer, run

revision = "0006"
down_revision = "0005"

FOR_THE_WORKER = {"photos_known_v1": "text[]", "login_attempts_purge_v1": "timestamptz"}


def upgrade() -> None:
    run(SchemaManager.get_schema())
    run(f"""
GRANT SELECT, INSERT, UPDATE, DELETE ON procrastinate_jobs, procrastinate_events, procrastinate_periodic_defers,
  procrastinate_workers TO {WORKER_ROLE};
GRANT USAGE ON procrastinate_jobs_id_seq, procrastinate_events_id_seq, procrastinate_periodic_defers_id_seq,
  procrastinate_workers_id_seq TO {WORKER_ROLE};
CREATE FUNCTION job_put_v1(p_task text, p_args jsonb) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM procrastinate_defer_jobs_v1(ARRAY[
    CAST(ROW('default', p_task, 0, NULL, NULL, p_args, NULL) AS procrastinate_job_to_defer_v1)]);
END $$;

-- Which of these photos a committed row speaks of: a sweep removes the others.
CREATE FUNCTION photos_known_v1(p_digests text[]) RETURNS SETOF text LANGUAGE sql STABLE AS $$
  SELECT p.sha256 FROM photo p WHERE p.sha256 = ANY (p_digests)
$$;
CREATE FUNCTION login_attempts_purge_v1(p_before timestamptz) RETURNS bigint LANGUAGE sql AS $$
  -- A success makes an address known to an account, which is what keeps a victim from being locked out: kept longer.
  WITH gone AS (
    DELETE FROM login_attempt l
    WHERE l.attempted_at < p_before AND (NOT l.succeeded OR l.attempted_at < p_before - interval '90 days')
    RETURNING 1)
  SELECT count(*) FROM gone
$$;
""")
    definer("job_put_v1", "text, jsonb")
    for name, arguments in FOR_THE_WORKER.items():
        definer(name, arguments)
        run(f"REVOKE EXECUTE ON FUNCTION {name}({arguments}) FROM {SERVER_ROLE}")
        run(f"GRANT EXECUTE ON FUNCTION {name}({arguments}) TO {WORKER_ROLE}")


def downgrade() -> None:
    for name, arguments in FOR_THE_WORKER.items():
        run(f"DROP FUNCTION {name}({arguments})")
    run("""
DROP FUNCTION job_put_v1(text, jsonb);
DO $$
DECLARE
  item record;
BEGIN
  FOR item IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename LIKE 'procrastinate%' LOOP
    EXECUTE format('DROP TABLE %I CASCADE', item.tablename);
  END LOOP;
  FOR item IN SELECT CAST(p.oid AS regprocedure) AS name FROM pg_proc p
    WHERE p.pronamespace = 'public'::regnamespace AND p.proname LIKE 'procrastinate%' LOOP
    EXECUTE 'DROP FUNCTION ' || item.name || ' CASCADE';
  END LOOP;
  FOR item IN SELECT t.typname FROM pg_type t WHERE t.typnamespace = 'public'::regnamespace
    AND t.typname LIKE 'procrastinate%' AND t.typtype IN ('e', 'c') LOOP
    EXECUTE format('DROP TYPE IF EXISTS %I CASCADE', item.typname);
  END LOOP;
END $$;
""")
