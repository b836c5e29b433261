"""What a campaign comes to, since a person's choice of the zone counts, and as it was before."""

from __future__ import annotations


def progress(chosen: str, counted: str) -> str:
    """campaign_progress_v1 with the reports that it counts besides, and the zones that each counts for."""
    return f"""
-- The figures of each township that the asker sees the zones of. Reports count by the zone their first match was certain or likely of
-- and by the day they were judged for; their cases whoever's they are by now.
CREATE OR REPLACE FUNCTION campaign_progress_v1(p_campaign uuid)
RETURNS TABLE (township_code text, zones bigint, zones_visited bigint, zones_done bigint, visits bigint,
  visits_counted bigint, visits_wanted bigint, looked_at bigint, found bigint, fixed bigint, reoffended bigint,
  reports bigint, cases bigint, cases_closed bigint) LANGUAGE plpgsql STABLE AS $$
DECLARE
  wanted integer;
  of_kind text;
  first_day date;
  last_day date;
BEGIN
  SELECT t.target_visits, c.kind, c.from_day, t.to_day INTO wanted, of_kind, first_day, last_day
  FROM campaign c JOIN campaign_terms t ON t.campaign_id = c.id
  WHERE c.id = p_campaign ORDER BY t.version DESC LIMIT 1;
  RETURN QUERY
  WITH here AS (
    SELECT z.* FROM campaign_zones_v1(p_campaign, NULL, NULL, NULL, NULL) z
  ), reported AS (
    SELECT h.township_code, r.id AS report_id, c.id AS case_id, c.state
    FROM (
      SELECT r.id, r.zone_codes FROM report r
      WHERE r.judged_on BETWEEN first_day AND last_day AND r.zone_codes && ARRAY(SELECT h.code FROM here h){chosen}) r
    {counted}
  ), cased AS (
    SELECT r.township_code, count(DISTINCT r.report_id) AS reports, count(DISTINCT r.case_id) AS cases,
      count(DISTINCT r.case_id) FILTER (WHERE r.state = 'closed') AS cases_closed
    FROM reported r GROUP BY r.township_code
  ), summed AS (
    SELECT h.township_code, count(*) AS zones, count(*) FILTER (WHERE h.visits > 0) AS zones_visited,
      count(*) FILTER (WHERE h.visits >= wanted) AS zones_done, CAST(sum(h.visits) AS bigint) AS visits,
      CAST(sum(least(h.visits, wanted)) AS bigint) AS visits_counted, count(*) * wanted AS visits_wanted,
      count(*) FILTER (WHERE h.looks > 0) AS looked_at, CAST(sum(h.found) AS bigint) AS found,
      CAST(sum(h.fixed) AS bigint) AS fixed, CAST(sum(h.reoffended) AS bigint) AS reoffended
    FROM here h GROUP BY h.township_code)
  SELECT s.township_code, s.zones, s.zones_visited, s.zones_done, s.visits, s.visits_counted, s.visits_wanted, s.looked_at,
    s.found, s.fixed, s.reoffended, coalesce(c.reports, 0), coalesce(c.cases, 0), coalesce(c.cases_closed, 0)
  FROM summed s
  LEFT JOIN cased c ON c.township_code IS NOT DISTINCT FROM s.township_code
  ORDER BY s.township_code NULLS LAST;
END $$;
"""


BEFORE = progress(
    "",
    """JOIN here h ON h.code = ANY (r.zone_codes)
    LEFT JOIN case_report cr ON cr.report_id = r.id
    LEFT JOIN case_file c ON c.id = cr.case_id""",
)
# Of a case of which a person has said where it lies, that counts and no match does.
SINCE = progress(
    """
      UNION
      SELECT r.id, r.zone_codes
      FROM zone z
      JOIN zone_choice x ON x.zone_id = z.id
      JOIN case_file c ON c.zone_choice_id = x.id
      JOIN case_report cr ON cr.case_id = c.id
      JOIN report r ON r.id = cr.report_id
      WHERE z.kind = of_kind AND z.code IN (SELECT h.code FROM here h) AND r.judged_on BETWEEN first_day AND last_day""",
    """LEFT JOIN case_report cr ON cr.report_id = r.id
    LEFT JOIN case_file c ON c.id = cr.case_id
    LEFT JOIN (zone_choice x JOIN zone z ON z.id = x.zone_id) ON x.id = c.zone_choice_id AND z.kind = of_kind
    JOIN here h ON h.code = ANY (CASE WHEN z.code IS NULL THEN r.zone_codes ELSE ARRAY[z.code] END)""",
)
