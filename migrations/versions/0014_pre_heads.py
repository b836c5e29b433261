"""Heads of the ledger's chains, written off the database: what was written last, and what the evidence of a case names."""

from migrations.sql import SERVER_ROLE, WORKER_ROLE, definer, run, secure

revision = "0014"
down_revision = "0013"

FOR_THE_WORKER = {"heads_due_v1": "", "heads_written_v1": "bigint, uuid[], integer[]"}


def upgrade() -> None:
    run("""
CREATE TABLE case_head (
  case_id uuid CONSTRAINT case_head_pkey PRIMARY KEY CONSTRAINT case_head_case_id_fkey REFERENCES case_file (id),
  seq integer NOT NULL CONSTRAINT case_head_seq_positive CHECK (seq > 0),
  run bigint NOT NULL CONSTRAINT case_head_run_positive CHECK (run > 0)
);
COMMENT ON TABLE case_head IS 'which entry of a case was written off the database last, and with which run: an index, no proof';

-- Cases whose newest entry is not written off the database yet, in the order of their numbers byte by byte.
CREATE FUNCTION heads_due_v1() RETURNS TABLE (case_id uuid, number text, seq integer, head text) LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN QUERY SELECT c.id, c.number, c.ledger_seq, c.ledger_head
    FROM case_file c LEFT JOIN case_head h ON h.case_id = c.id
    WHERE c.ledger_seq > 0 AND h.seq IS DISTINCT FROM c.ledger_seq
    ORDER BY c.number COLLATE "C";
END $$;

CREATE FUNCTION heads_written_v1(p_run bigint, p_cases uuid[], p_seqs integer[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO case_head (case_id, seq, run)
  SELECT w.case_id, w.seq, p_run FROM unnest(p_cases, p_seqs) AS w (case_id, seq)
  ON CONFLICT (case_id) DO UPDATE SET seq = excluded.seq, run = excluded.run;
END $$;

-- Who stands in the ledger of a case that the asker sees: what a file for others names of them, and never a person's name.
CREATE FUNCTION case_people_v1(p_case uuid)
RETURNS TABLE (id uuid, username text, role text, body_code text, body_name text) LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN QUERY SELECT a.id, a.username, a.role, o.code, o.body_name
    FROM account a JOIN organisation o ON o.id = a.organisation_id
    WHERE EXISTS (SELECT 1 FROM case_file c WHERE c.id = p_case AND may_see(c.organisation_id, c.reporter_id))
      AND a.id IN (
        SELECT l.actor_id FROM ledger l WHERE l.case_id = p_case
        UNION SELECT r.officer_id FROM case_report cr JOIN report r ON r.id = cr.report_id WHERE cr.case_id = p_case)
    ORDER BY a.username;
END $$;
""")
    secure("case_head", read="EXISTS (SELECT 1 FROM case_file c WHERE c.id = case_id)")
    definer("case_people_v1", "uuid")
    for name, arguments in FOR_THE_WORKER.items():
        definer(name, arguments)
        run(f"REVOKE EXECUTE ON FUNCTION {name}({arguments}) FROM {SERVER_ROLE}")
        run(f"GRANT EXECUTE ON FUNCTION {name}({arguments}) TO {WORKER_ROLE}")


def downgrade() -> None:
    for name, arguments in FOR_THE_WORKER.items():
        run(f"DROP FUNCTION {name}({arguments})")
    run("""
DROP FUNCTION case_people_v1(uuid);
DROP TABLE case_head;
""")
