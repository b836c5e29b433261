-- put_round --
-- Keeps a round, once; says whether it is new, the same again, another one under its id, or for nobody the asker directs.
SELECT round_put_v1(CAST(:round_id AS uuid), CAST(:officer AS uuid), CAST(:day AS date), CAST(:digest AS text),
  CAST(:told AS json), CAST(:at AS timestamptz))

-- list_rounds --
-- Rounds of the asker's own, or of whom they direct, the newest first, with what was seen of them since.
SELECT r.id, r.account_id, r.display_name, r.body_code, r.body_name, r.day, r.sent_name, r.sent_at, r.told, r.replaced, r.seen
FROM rounds_v1(CAST(:day AS date), CAST(:officer AS uuid), CAST(:round_id AS uuid),
  CAST(:before_at AS timestamptz), CAST(:before_id AS uuid), CAST(:rows AS integer)) r
