"""Jobs: the tables of the job queue (procrastinate), and the function that puts a job into the caller's transaction."""

from procrastinate.schema import SchemaManager

from migrations.sql import WORKER_ROLE, definer, run

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    run(SchemaManager.get_schema())
    run(f"""
GRANT SELECT, INSERT, UPDATE, DELETE ON procrastinate_jobs, procrastinate_events, procrastinate_periodic_defers,
  procrastinate_workers TO {WORKER_ROLE};
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {WORKER_ROLE};
CREATE FUNCTION job_put_v1(p_task text, p_args jsonb) RETURNS void LANGUAGE sql AS $$
  SELECT procrastinate_defer_jobs_v1(ARRAY[
    CAST(ROW('default', p_task, 0, NULL, NULL, p_args, NULL) AS procrastinate_job_to_defer_v1)])
$$;
""")
    definer("job_put_v1", "text, jsonb")


def downgrade() -> None:
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
