"""Functions about what lists show and find of a case, for the steps that make them and those that make them anew."""

SEEN = "may_see(c.organisation_id, c.reporter_id)"
"""Whether the asker may see the case `c`."""

ZONE = """
-- The zone of a case and whether somebody has to choose it: by the newest match of the report that opened the case (or
-- the case it is a part of), else of the newest complaint, whose candidates nobody is shown. Later steps that know better
-- replace this function and put the cases anew.
CREATE OR REPLACE FUNCTION case_zone_v1(p_case uuid)
RETURNS TABLE (kind text, code text, name text, verdict text, share double precision, unsure boolean)
LANGUAGE plpgsql STABLE AS $$
DECLARE
  found_match json;
  opening uuid;
  reported boolean;
BEGIN
  SELECT m.result, r.report_id INTO found_match, opening
  FROM case_file c
  JOIN case_report r ON r.case_id IN (c.id, c.parent_id) AND r.relation = 'opened'
  JOIN LATERAL (SELECT z.result FROM zone_match z WHERE z.report_id = r.report_id ORDER BY z.id DESC LIMIT 1) m ON true
  WHERE c.id = p_case
  ORDER BY r.case_id = c.id DESC LIMIT 1;
  reported := FOUND;
  IF NOT reported THEN
    SELECT k.match INTO found_match FROM complaint k WHERE k.case_id = p_case ORDER BY k.recorded_at DESC, k.id LIMIT 1;
  END IF;
  SELECT z.kind, z.told ->> 'code', z.told ->> 'name', z.told ->> 'verdict', CAST(z.told ->> 'probability' AS double precision)
  INTO kind, code, name, verdict, share
  FROM (VALUES (1, 'frontage', found_match -> 'frontage'), (2, 'parking', found_match -> 'parking'),
    (3, 'site', found_match -> 'site')) AS z (rank, kind, told)
  WHERE z.told ->> 'code' IS NOT NULL
  ORDER BY z.told ->> 'verdict' IN ('certain', 'likely') DESC, CAST(z.told ->> 'probability' AS double precision) DESC, z.rank
  LIMIT 1;
  -- Whose position fits only as another datum, lies somewhere else, however sure the match was of it.
  unsure := reported AND (coalesce(verdict NOT IN ('certain', 'likely'), true) AND (
      SELECT count(*) > 1 FROM json_array_elements(coalesce(found_match -> 'candidates', '[]')) k
      WHERE k ->> 'kind' IN ('frontage', 'parking'))
    OR EXISTS (SELECT 1 FROM finding f WHERE f.report_id = opening
      AND f.code IN ('datum_fits_track_only_as', 'datum_fits_zone_only_as')));
  RETURN NEXT;
END $$;
"""


def found(seen: str) -> str:
    """Cases in which words stand; `seen` says of `c` whether the asker may see it."""
    return f"""
-- Cases the asker may see in which every word stands: at the end of the number, in zone, notes and reasons, in the name of
-- the category or of the body. With its owner's rights, because a policy keeps such an index from use.
CREATE OR REPLACE FUNCTION cases_found_v1(p_words text[]) RETURNS SETOF uuid LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN QUERY
  WITH sought AS MATERIALIZED (
    SELECT w.place, lower(w.word) AS word, upper(w.word) AS number, reverse(upper(w.word)) AS tail,
      text_pairs(lower(w.word), NULL) AS pairs
    FROM unnest(p_words) WITH ORDINALITY AS w (word, place)
  ), hit (place, case_id) AS (
    SELECT s.place, g.case_id FROM sought s JOIN case_glance g ON lower(g.zone_code) = s.word
    UNION
    SELECT s.place, g.case_id
    FROM sought s
    JOIN case_glance g ON text_pairs(g.words, g.attached_words) @> s.pairs
      AND (strpos(g.words, s.word) > 0
        OR strpos(g.attached_words, s.word) > 0 AND (current_scope() = 'district'
          OR current_scope() = 'organisation' AND EXISTS (
            SELECT 1 FROM case_file c WHERE c.id = g.case_id AND c.organisation_id = current_organisation())))
    UNION
    -- Letters, digits and dashes all come before a tilde.
    SELECT s.place, c.id
    FROM sought s JOIN case_file c ON reverse(c.number) ~>=~ s.tail AND reverse(c.number) ~<~ (s.tail || '~')
    WHERE s.number ~ '^[-A-Z0-9]+$'
    UNION
    SELECT s.place, c.id FROM sought s JOIN case_file c ON c.number LIKE s.number || '%'
    WHERE s.number ~ '^[A-Z]+-[-0-9]*$'
    UNION
    SELECT s.place, c.id
    FROM sought s
    JOIN category k ON strpos(lower(concat_ws(' ', k.name, k.name_en)), s.word) > 0
    JOIN case_file c ON c.category = k.code
    UNION
    SELECT s.place, c.id
    FROM sought s
    JOIN organisation o ON strpos(lower(concat_ws(' ', o.body_name, o.body_name_en)), s.word) > 0
    JOIN case_file c ON c.organisation_id = o.id
  )
  SELECT h.case_id
  FROM hit h JOIN case_file c ON c.id = h.case_id
  WHERE {seen}
  GROUP BY h.case_id
  HAVING count(DISTINCT h.place) = cardinality(p_words);
END $$;
"""


def actors(seen: str) -> str:
    """People in the ledger of a case; `seen` as above."""
    return f"""
-- Who of the bureau stands in the ledger of a case that the asker sees, by name: colleagues know who did what. Complainants
-- have no account.
CREATE OR REPLACE FUNCTION case_actors_v1(p_case uuid) RETURNS TABLE (id uuid, display_name text, role text)
LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN QUERY SELECT a.id, a.display_name, a.role
    FROM account a
    WHERE EXISTS (SELECT 1 FROM case_file c WHERE c.id = p_case AND {seen})
      AND a.id IN (SELECT l.actor_id FROM ledger l WHERE l.case_id = p_case);
END $$;
"""
