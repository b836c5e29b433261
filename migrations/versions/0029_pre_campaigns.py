"""Campaigns: a set of zones, a period and a checklist; what was found and fixed there, and how often somebody came by."""

from migrations.sql import append_only, definer, run, secure

revision = "0029"
down_revision = "0028"

KEPT = ("campaign", "campaign_terms", "campaign_zone", "campaign_result", "campaign_result_report")
RULES = "current_scope() = 'district' AND asks_as('zone_manager', 'admin')"
SIGNED_IN = "current_account() IS NOT NULL"
OWN_ZONE = """EXISTS (SELECT 1 FROM campaign_zone z JOIN organisation o ON o.id = current_organisation()
  WHERE z.campaign_id = campaign_result.campaign_id AND z.code = campaign_result.zone_code
    AND (o.kind = 'district' OR o.code = z.township_code))"""
OF_A_RESULT = "EXISTS (SELECT 1 FROM campaign_result r WHERE r.id = result_id)"
DEFINERS = {
    "campaign_zones_v1": "uuid, text, text, text, integer",
    "campaign_progress_v1": "uuid",
}


def upgrade() -> None:
    run("""
CREATE TABLE campaign (
  id uuid CONSTRAINT campaign_pkey PRIMARY KEY,
  kind text NOT NULL CONSTRAINT campaign_kind_known CHECK (kind IN ('frontage', 'parking', 'site', 'service_point')),
  from_day date NOT NULL,
  selection jsonb NOT NULL,
  checklist json NOT NULL,
  made_at timestamptz NOT NULL,
  made_by uuid NOT NULL CONSTRAINT campaign_made_by_fkey REFERENCES account (id)
);
CREATE INDEX campaign_list ON campaign (made_at DESC, id DESC);
COMMENT ON TABLE campaign IS 'what results refer to, and so never changes; what may change stands in campaign_terms';

CREATE TABLE campaign_terms (
  campaign_id uuid NOT NULL CONSTRAINT campaign_terms_campaign_id_fkey REFERENCES campaign (id),
  version integer NOT NULL CONSTRAINT campaign_terms_version_positive CHECK (version > 0),
  name text NOT NULL CONSTRAINT campaign_terms_name_length CHECK (length(name) BETWEEN 1 AND 200),
  note text NOT NULL,
  to_day date NOT NULL,
  target_visits integer NOT NULL CONSTRAINT campaign_terms_target_visits_range CHECK (target_visits BETWEEN 0 AND 1000),
  cancelled_because text,
  decided_at timestamptz NOT NULL,
  decided_by uuid NOT NULL CONSTRAINT campaign_terms_decided_by_fkey REFERENCES account (id),
  CONSTRAINT campaign_terms_pkey PRIMARY KEY (campaign_id, version)
);
COMMENT ON TABLE campaign_terms IS 'the highest version counts; the ones before say what it was';

CREATE TABLE campaign_zone (
  campaign_id uuid NOT NULL CONSTRAINT campaign_zone_campaign_id_fkey REFERENCES campaign (id),
  code text NOT NULL,
  township_code text,
  CONSTRAINT campaign_zone_pkey PRIMARY KEY (campaign_id, code)
);
COMMENT ON TABLE campaign_zone IS 'chosen once, by the zones of the first day; later versions of a code count for it';

CREATE TABLE campaign_result (
  id uuid CONSTRAINT campaign_result_pkey PRIMARY KEY,
  campaign_id uuid NOT NULL,
  zone_code text NOT NULL,
  account_id uuid NOT NULL CONSTRAINT campaign_result_account_id_fkey REFERENCES account (id),
  organisation_id uuid NOT NULL CONSTRAINT campaign_result_organisation_id_fkey REFERENCES organisation (id),
  looked_at timestamptz NOT NULL,
  received_at timestamptz NOT NULL,
  digest text NOT NULL CONSTRAINT campaign_result_digest_form CHECK (digest ~ '^[0-9a-f]{64}$'),
  items jsonb NOT NULL,
  note text NOT NULL,
  CONSTRAINT campaign_result_zone FOREIGN KEY (campaign_id, zone_code) REFERENCES campaign_zone (campaign_id, code)
);
CREATE INDEX campaign_result_list ON campaign_result (campaign_id, received_at DESC, id DESC);
CREATE INDEX campaign_result_of_zone ON campaign_result (campaign_id, zone_code, looked_at, id);
COMMENT ON COLUMN campaign_result.items IS 'item of the checklist, whether it was in order, and a note';

CREATE TABLE campaign_result_report (
  result_id uuid NOT NULL CONSTRAINT campaign_result_report_result_id_fkey REFERENCES campaign_result (id),
  report_id uuid NOT NULL CONSTRAINT campaign_result_report_report_id_fkey REFERENCES report (id),
  role text NOT NULL CONSTRAINT campaign_result_report_role_known CHECK (role IN ('baseline', 'after')),
  CONSTRAINT campaign_result_report_pkey PRIMARY KEY (result_id, report_id)
);
CREATE INDEX campaign_result_report_report_id ON campaign_result_report (report_id);
""")
    append_only(KEPT)
    secure("campaign", read=SIGNED_IN, insert=f"{RULES} AND made_by = current_account()")
    secure("campaign_terms", read=SIGNED_IN, insert=f"{RULES} AND decided_by = current_account()")
    secure("campaign_zone", read=SIGNED_IN, insert=RULES)
    secure(
        "campaign_result",
        read="may_see(organisation_id, account_id)",
        insert=f"account_id = current_account() AND organisation_id = current_organisation() AND {OWN_ZONE}",
    )
    secure("campaign_result_report", read=OF_A_RESULT, insert=OF_A_RESULT)
    _figures()
    for name, arguments in DEFINERS.items():
        definer(name, arguments)


def _figures() -> None:
    run("""
-- The zones of a campaign that lie in the township of the asker's body (the district's: all), each with its visits within the period and with what was found.
-- Counts and no names, hence with the owner's rights: who came by is shown elsewhere, and noted there.
-- `state` is 'unseen' before anybody looked, 'clean' when nothing was ever found, 'open' while something is not in order,
-- 'fixed' when all that was found is. A finding is a zone and an item; it re-offends when it is found again after it
-- was in order.
CREATE FUNCTION campaign_zones_v1(p_campaign uuid, p_township text, p_state text, p_after text, p_rows integer)
RETURNS TABLE (code text, township_code text, visits bigint, last_visit_at timestamptz, looks bigint,
  last_look_at timestamptz, state text, found bigint, fixed bigint, reoffended bigint, open_items text[])
LANGUAGE plpgsql STABLE AS $$
DECLARE
  of_kind text;
  first_day date;
  last_day date;
BEGIN
  SELECT c.kind, c.from_day, t.to_day INTO of_kind, first_day, last_day
  FROM campaign c JOIN campaign_terms t ON t.campaign_id = c.id
  WHERE c.id = p_campaign AND current_account() IS NOT NULL
  ORDER BY t.version DESC LIMIT 1;
  RETURN QUERY
  WITH chosen AS (
    SELECT z.code, z.township_code FROM campaign_zone z
    WHERE z.campaign_id = p_campaign AND (p_township IS NULL OR coalesce(z.township_code, '') = p_township)
      AND EXISTS (SELECT 1 FROM organisation o
        WHERE o.id = current_organisation() AND (o.kind = 'district' OR o.code = z.township_code))
      AND (p_after IS NULL OR z.code > p_after)
  ), visited AS (
    SELECT h.code, count(*) AS visits, max(v.to_at) AS last_visit_at
    FROM chosen h
    JOIN zone z ON z.kind = of_kind AND z.code = h.code
    -- The bounds of from_at are wider than any local day, and find the visits by their index.
    JOIN visit v ON v.zone_id = z.id AND v.day BETWEEN first_day AND last_day
      AND v.from_at >= CAST(first_day - 1 AS timestamptz) AND v.from_at < CAST(last_day + 2 AS timestamptz)
    GROUP BY h.code
  ), looked AS (
    SELECT r.zone_code, count(*) AS looks, max(r.looked_at) AS last_look_at
    FROM campaign_result r WHERE r.campaign_id = p_campaign GROUP BY r.zone_code
  ), item AS (
    SELECT r.zone_code, i.item, i.ok, row_number() OVER newest = 1 AS newest,
      bool_or(NOT i.ok) OVER (earlier ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS found_before,
      lag(i.ok) OVER earlier AS ok_before
    FROM campaign_result r CROSS JOIN LATERAL jsonb_to_recordset(r.items) AS i (item text, ok boolean)
    WHERE r.campaign_id = p_campaign
    WINDOW earlier AS (PARTITION BY r.zone_code, i.item ORDER BY r.looked_at, r.id),
      newest AS (PARTITION BY r.zone_code, i.item ORDER BY r.looked_at DESC, r.id DESC)
  ), finding AS (
    SELECT m.zone_code, m.item, bool_or(m.newest AND m.ok) AS is_fixed,
      coalesce(bool_or(NOT m.ok AND m.ok_before AND m.found_before), false) AS again
    FROM item m GROUP BY m.zone_code, m.item HAVING bool_or(NOT m.ok)
  ), found_there AS (
    SELECT f.zone_code, count(*) AS found, count(*) FILTER (WHERE f.is_fixed) AS fixed,
      count(*) FILTER (WHERE f.again) AS reoffended,
      array_agg(f.item ORDER BY f.item) FILTER (WHERE NOT f.is_fixed) AS open_items
    FROM finding f GROUP BY f.zone_code
  ), told AS (
    SELECT h.code, h.township_code, coalesce(v.visits, 0) AS visits, v.last_visit_at, coalesce(l.looks, 0) AS looks,
      l.last_look_at,
      CASE WHEN l.looks IS NULL THEN 'unseen' WHEN f.found IS NULL THEN 'clean' WHEN f.fixed < f.found THEN 'open'
        ELSE 'fixed' END AS state,
      coalesce(f.found, 0) AS found, coalesce(f.fixed, 0) AS fixed, coalesce(f.reoffended, 0) AS reoffended,
      coalesce(f.open_items, '{}') AS open_items
    FROM chosen h
    LEFT JOIN visited v ON v.code = h.code
    LEFT JOIN looked l ON l.zone_code = h.code
    LEFT JOIN found_there f ON f.zone_code = h.code)
  SELECT d.code, d.township_code, d.visits, d.last_visit_at, d.looks, d.last_look_at, d.state, d.found, d.fixed,
    d.reoffended, d.open_items
  FROM told d
  WHERE p_state IS NULL OR d.state = p_state
  ORDER BY d.code
  LIMIT p_rows;
END $$;

-- The figures of each township that the asker sees the zones of. Reports count by the zone their first match was certain or likely of
-- and by the day they were judged for; their cases whoever's they are by now.
CREATE FUNCTION campaign_progress_v1(p_campaign uuid)
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
      WHERE r.judged_on BETWEEN first_day AND last_day AND r.zone_codes && ARRAY(SELECT h.code FROM here h)) r
    JOIN here h ON h.code = ANY (r.zone_codes)
    LEFT JOIN case_report cr ON cr.report_id = r.id
    LEFT JOIN case_file c ON c.id = cr.case_id
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
""")


def downgrade() -> None:
    for name, arguments in DEFINERS.items():
        run(f"DROP FUNCTION {name}({arguments})")
    for table in reversed(KEPT):
        run(f"DROP TABLE {table}")
