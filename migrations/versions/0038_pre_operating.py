"""What whoever is on duty asks of a deployment in one question, and which photos came in since a moment, for a backup."""

from migrations.sql import SERVER_ROLE, WORKER_ROLE, definer, run

revision = "0038"
down_revision = "0037"


def upgrade() -> None:
    run("""
CREATE INDEX photo_arrival_received_at ON photo_arrival USING brin (received_at);

-- Photos that came in since a moment, oldest first: what a backup has still to copy.
CREATE FUNCTION photos_arrived_v1(p_since timestamptz, p_rows integer)
RETURNS TABLE (sha256 text, received_at timestamptz) LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN QUERY SELECT a.sha256, a.received_at FROM photo_arrival a WHERE a.received_at >= p_since
    ORDER BY a.received_at, a.sha256 LIMIT p_rows;
END $$;

-- How the deployment stands, as counts, ages in seconds and names of bodies; for the district and for the operator.
-- Which heads are due takes a look at every case: only when it is asked for.
CREATE FUNCTION operation_v1(p_failed_since timestamptz, p_heads boolean) RETURNS json LANGUAGE plpgsql STABLE AS $$
BEGIN
  IF session_user IN ('frontage_app', 'frontage_worker') AND current_scope() IS DISTINCT FROM 'district' THEN
    RAISE EXCEPTION 'operation is the district''s' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN json_build_object(
    'at', clock_timestamp(),
    'workers', (SELECT count(*) FROM procrastinate_workers w
      WHERE w.last_heartbeat > clock_timestamp() - interval '45 seconds'),
    'jobs', (SELECT json_build_object('waiting', count(*), 'oldest_s', greatest(0, date_part('epoch', clock_timestamp() - min(t.since))))
      FROM (SELECT coalesce(j.scheduled_at, (SELECT min(e.at) FROM procrastinate_events e WHERE e.job_id = j.id)) AS since
        FROM procrastinate_jobs j
        WHERE j.status = 'todo' AND (j.scheduled_at IS NULL OR j.scheduled_at <= clock_timestamp())
        ORDER BY j.id LIMIT 10000) t),
    'failed', (SELECT coalesce(json_agg(json_build_array(f.task_name, f.jobs)), '[]') FROM (
      SELECT j.task_name, count(*) AS jobs FROM procrastinate_jobs j WHERE j.status = 'failed'
      GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 20) f),
    'deliveries', (SELECT json_build_object(
        'waiting', count(*) FILTER (WHERE d.state = 'pending'),
        'oldest_s', greatest(0, date_part('epoch', clock_timestamp() - min(d.created_at) FILTER (WHERE d.state = 'pending'))),
        'failed', count(*) FILTER (WHERE d.state = 'failed' AND d.settled_at >= p_failed_since),
        'failed_before', count(*) FILTER (WHERE d.state = 'failed' AND d.settled_at < p_failed_since))
      FROM notice_delivery d WHERE d.state IN ('pending', 'failed')),
    'handovers', (SELECT coalesce(json_agg(json_build_array(b.code, b.name, b.cases, b.oldest_s)), '[]') FROM (
      SELECT o.code, o.body_name AS name, count(*) AS cases,
        greatest(0, date_part('epoch', clock_timestamp() - min(l.recorded_at))) AS oldest_s
      FROM case_file c JOIN organisation o ON o.id = c.organisation_id
      JOIN LATERAL (SELECT e.recorded_at FROM ledger e WHERE e.case_id = c.id AND e.action = 'case.dispatched'
        ORDER BY e.seq DESC LIMIT 1) l ON true
      WHERE c.state = 'dispatched' GROUP BY 1, 2 ORDER BY 4 DESC, 1 LIMIT 100) b),
    'covering', (SELECT json_build_object('waiting', v.waiting, 'oldest_s', v.oldest_s) FROM covering_behind_v1() v),
    'first_report_s', (SELECT date_part('epoch', clock_timestamp() - min(r.received_at)) FROM report r),
    'heads_due', CASE WHEN p_heads THEN (SELECT count(*) FROM heads_due_v1()) ELSE 0 END,
    'calendar', (SELECT json_build_object('years', k.years, 'sample', k.sample) FROM work_calendar k
      ORDER BY k.id DESC LIMIT 1),
    'archive', (SELECT json_build_object('on', current_setting('archive_command') LIKE 'sh frontage-archive.sh%',
        'since_s', date_part('epoch', clock_timestamp() - a.last_archived_time),
        'failing', coalesce(a.last_failed_time > coalesce(a.last_archived_time, '-infinity'), false))
      FROM pg_stat_archiver a));
END $$;
""")
    definer("operation_v1", "timestamptz, boolean")
    definer("photos_arrived_v1", "timestamptz, integer")
    run(f"REVOKE EXECUTE ON FUNCTION photos_arrived_v1(timestamptz, integer) FROM {SERVER_ROLE}")
    run(f"GRANT EXECUTE ON FUNCTION photos_arrived_v1(timestamptz, integer) TO {WORKER_ROLE}")


def downgrade() -> None:
    run("""
DROP FUNCTION operation_v1(timestamptz, boolean);
DROP FUNCTION photos_arrived_v1(timestamptz, integer);
DROP INDEX photo_arrival_received_at;
""")
