-- take_complaint_id --
-- Whose id this is already and what was sent under it; nobody else can use it until this transaction ends.
SELECT t.mine, t.commitment, t.salt FROM complaint_taken_v1(CAST(:complaint_id AS uuid)) t

-- fetch_meant_zone --
-- A point inside the zone intake names, of the version valid on a day; a place rather than a whole township comes first.
SELECT ST_X(p.spot) AS lon, ST_Y(p.spot) AS lat
FROM zone z CROSS JOIN LATERAL (SELECT ST_PointOnSurface(z.geom) AS spot) p
WHERE z.code = CAST(:zone AS text) AND z.valid @> CAST(:on AS date)
ORDER BY ST_Area(z.geom), z.kind
LIMIT 1

-- fetch_complaint_context --
-- What taking a complaint needs to know: candidate zones, its category, bodies and rules of routing, the case it names and
-- the complaint it corrects.
SELECT CAST(json_build_object(
  'candidates', (
    SELECT coalesce(json_agg(row_to_json(c)), '[]')
    FROM zone_candidates_v1(CAST(:x AS double precision), CAST(:y AS double precision), CAST(:radius_m AS double precision),
      CAST(:on AS date), CAST(:hint AS text), CAST(:candidates_max AS integer)) c),
  'category', (
    SELECT json_build_object('code', k.code, 'none_weights', k.none_weights)
    FROM category k WHERE k.code = CAST(:category AS text) AND k.valid @> CAST(:on AS date)),
  'bodies', (
    SELECT json_object_agg(o.code, json_build_object('id', o.id, 'name', o.name, 'kind', o.kind)) FROM organisation o),
  'rules', routing_rules_on_v1(CAST(:on AS date), CAST(:category AS text), CAST(:held_rule_sets AS bigint[])),
  'case', (
    SELECT json_build_object('id', c.id, 'number', c.number, 'state', c.state)
    FROM case_file c WHERE c.number = CAST(:case_number AS text)),
  'corrected', (
    SELECT json_build_object('id', c.id, 'number', c.number,
      'again', EXISTS (SELECT 1 FROM complaint n WHERE n.corrects = k.id))
    FROM complaint k JOIN case_file c ON c.id = k.case_id WHERE k.id = CAST(:corrects AS uuid))
) AS text)

-- list_cases_here --
-- Open cases at a place, those a complaint most likely means first: of the same zone before the nearest, then the newest;
-- of one category where it is given.
SELECT c.id, c.number, c.state, c.category, c.opened_at, c.due_at, a.distance_m, a.zone
FROM cases_alike_v1(ST_SetSRID(ST_MakePoint(CAST(:lon AS double precision), CAST(:lat AS double precision)), 4326),
  CAST(:radius_m AS double precision), CAST(:zones AS text[])) a
JOIN case_file c ON c.id = a.case_id
WHERE (CAST(:category AS text) IS NULL OR c.category = CAST(:category AS text)) AND c.state <> ALL (CAST(:ends AS text[]))
ORDER BY a.zone IS NULL, a.distance_m, c.opened_at DESC, c.number
LIMIT CAST(:rows AS integer)

-- insert_complaint --
-- The whole of one complaint: a case of its own, or an entry in the ledger of the case it joins and word to its body; who
-- complained goes where only intake reads it. A case that ended meanwhile takes nothing and nothing is returned.
WITH joined AS (
  SELECT c.id, c.number, c.state, c.version, c.due_at, c.category, c.township_code, c.organisation_id,
    ledger_append_v1(c.id, CAST(:entry AS text), CAST(:ledger_body AS text)) AS seq
  FROM case_file c
  WHERE c.id = CAST(:attach_to AS uuid) AND c.state <> ALL (CAST(:shut AS text[]))
), told AS (
  SELECT j.id, outbox_put_v1(CAST(:entry AS text), j.number || ':' || j.seq, j.organisation_id,
    jsonb_build_object('case', j.number, 'action', CAST(:entry AS text), 'from', j.state, 'to', j.state,
      'version', j.version, 'due_at', j.due_at, 'category', j.category, 'township', j.township_code)) AS put
  FROM joined j
), of_case AS (
  SELECT t.id FROM told t WHERE t.put IS NOT NULL
  UNION ALL
  SELECT complaint_open_v1(CAST(:case_prefix AS text), CAST(:organisation_id AS uuid), CAST(:township_code AS text),
    CAST(:case_category AS text), CAST(:lon AS double precision), CAST(:lat AS double precision),
    CAST(:recorded_at AS timestamptz), CAST(:reason AS text), CAST(:ledger_body AS text))
  WHERE CAST(:attach_to AS uuid) IS NULL
)
SELECT complaint_put_v1(CAST(:complaint_id AS uuid), c.id, CAST(:said AS jsonb), CAST(:match AS json),
  CAST(:routing AS json), CAST(:salt AS text), CAST(:payload AS text)) AS id
FROM of_case c

-- list_complaints --
-- Complaints on cases the asker may see, newest first, each with where its call-back stands; any narrowing may be null.
SELECT q.recorded_at, q.id, q.told
FROM (
  SELECT k.id, k.recorded_at, k.channel, k.external_number, f.number, f.state, s.callback, CAST(json_build_object(
    'id', k.id, 'channel', k.channel, 'external_number', k.external_number, 'received_at', k.made_at,
    'recorded_at', k.recorded_at, 'text', k.matter, 'category', k.category, 'address', k.address,
    'lon', ST_X(k.place), 'lat', ST_Y(k.place), 'zone', k.zone_hint, 'township', k.township_code, 'match', k.match,
    'routing', k.routing, 'case', json_build_object('number', f.number, 'state', f.state), 'relation', k.relation,
    'because', k.because, 'corrects', k.corrects, 'corrected_by', n.id, 'commitment', k.commitment,
    'callback', s.callback) AS text) AS told
  FROM complaint k
  JOIN case_file f ON f.id = k.case_id
  LEFT JOIN complaint n ON n.corrects = k.id
  CROSS JOIN LATERAL (
    SELECT count(*) AS tried, coalesce(bool_or(b.reached), false) AS reached
    FROM complaint_callback b WHERE b.complaint_id = k.id) calls
  CROSS JOIN LATERAL (
    SELECT CASE
      WHEN n.id IS NOT NULL THEN 'corrected'
      WHEN NOT k.callback_wished THEN 'not_wished'
      WHEN calls.reached THEN 'reached'
      WHEN calls.tried >= CAST(:calls_max AS integer) THEN 'given_up'
      WHEN EXISTS (
        SELECT 1 FROM case_file e WHERE e.id = case_survivor_v1(k.case_id) AND e.state = ANY (CAST(:ends AS text[])))
      THEN 'due'
      ELSE 'waiting' END AS callback) s
  WHERE (CAST(:complaint_id AS uuid) IS NULL OR k.id = CAST(:complaint_id AS uuid))
    AND (CAST(:after_at AS timestamptz) IS NULL
      OR (k.recorded_at, k.id) < (CAST(:after_at AS timestamptz), CAST(:after_id AS uuid)))
) q
WHERE (CAST(:channel AS text) IS NULL OR q.channel = CAST(:channel AS text))
  AND (CAST(:external_number AS text) IS NULL OR q.external_number = CAST(:external_number AS text))
  AND (CAST(:case_number AS text) IS NULL OR q.number = CAST(:case_number AS text))
  AND (CAST(:callback AS text) IS NULL OR q.callback = CAST(:callback AS text))
  AND (CAST(:open AS boolean) IS NULL OR (q.state <> ALL (CAST(:ends AS text[]))) = CAST(:open AS boolean))
  AND (CAST(:q AS text) IS NULL OR strpos(lower(q.number), lower(CAST(:q AS text))) > 0
    OR strpos(lower(q.external_number), lower(CAST(:q AS text))) > 0)
ORDER BY q.recorded_at DESC, q.id DESC
LIMIT CAST(:rows AS integer)

-- see_case --
-- Whether the asker may see a case.
SELECT c.id FROM case_file c WHERE c.number = CAST(:number AS text)

-- read_person --
-- The complaint as received, with who made it; the look is noted with it.
SELECT p.payload
FROM complaint_person_v1(CAST(:complaint_id AS uuid), CAST(:why AS text), CAST(:at AS timestamptz)) AS p (payload)

-- list_calls --
-- What was said in the calls after closing, oldest first.
SELECT c.called_at, c.reached, c.satisfaction, c.note FROM complaint_calls_v1(CAST(:complaint_id AS uuid)) c

-- insert_call --
-- One call, or why it is not noted.
SELECT complaint_call_v1(CAST(:complaint_id AS uuid), CAST(:at AS timestamptz), CAST(:reached AS boolean),
  CAST(:satisfaction AS integer), CAST(:note AS text), CAST(:ends AS text[]))

-- list_accesses --
-- Who looked at a complainant's data, when and why, newest first.
SELECT a.id, a.account_id, account_name_v1(a.account_id) AS name, a.looked_at, a.why
FROM complaint_access a
WHERE a.complaint_id = CAST(:complaint_id AS uuid) AND (CAST(:before AS bigint) IS NULL OR a.id < CAST(:before AS bigint))
ORDER BY a.id DESC
LIMIT CAST(:rows AS integer)

-- see_own_complaint --
-- Whether a complaint is one of the asker's body, which alone asks who looked at it.
SELECT k.id FROM complaint k WHERE k.id = CAST(:complaint_id AS uuid) AND may_see(k.organisation_id, k.taken_by)
