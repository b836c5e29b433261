-- order_run --
-- A run with its job; the files follow in the same transaction, the job starts when it is committed.
SELECT zone_run_order_v1(CAST(:id AS uuid), CAST(:import_id AS uuid), CAST(:task AS text), CAST(:kind AS text),
  CAST(:options AS jsonb), CAST(:files AS jsonb), CAST(:at AS timestamptz))

-- insert_run_piece --
-- A piece of a file that a run works on.
INSERT INTO zone_run_piece (run_id, part, ordinal, bytes)
VALUES (CAST(:id AS uuid), CAST(:part AS text), CAST(:ordinal AS integer), CAST(:bytes AS bytea))

-- copy_import_pieces --
-- The file of an import that was reported, for a run that reads it in another way.
INSERT INTO zone_run_piece (run_id, part, ordinal, bytes)
SELECT CAST(:id AS uuid), 'file', p.ordinal, p.bytes FROM zone_import_piece p WHERE p.import_id = CAST(:import_id AS uuid)

-- fetch_run --
-- One run of a task: what was asked, by whom, and how far it got.
SELECT r.id, r.kind, r.options, r.files, r.import_id, r.asked_at, r.state, r.phase, r.done, r.total, r.problem, r.summary,
  r.ended_at, a.display_name AS asked_by
FROM zone_run r
JOIN zone_senders_v1() a ON a.account_id = r.account_id
WHERE r.id = CAST(:id AS uuid) AND r.task = CAST(:task AS text)

-- list_findings --
-- A page of what a drawing found, of one kind where one is named.
SELECT f.number, f.kind, f.why, f.ids, f.street, f.size, f.geometry
FROM zone_run_finding f
WHERE f.run_id = CAST(:id AS uuid) AND f.number > CAST(:after AS integer)
  AND (CAST(:kind AS text) IS NULL OR f.kind = CAST(:kind AS text))
ORDER BY f.number
LIMIT CAST(:rows AS integer)
