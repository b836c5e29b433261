"""Routing rules as versioned data: sets that never change once written, and what an intake and a dry run ask of them."""

from migrations.sql import SERVER_ROLE, definer, run, secure

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    run("""
CREATE TABLE routing_rule_set (
  id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT routing_rule_set_pkey PRIMARY KEY,
  name text NOT NULL CONSTRAINT routing_rule_set_name_length CHECK (length(name) BETWEEN 1 AND 200),
  source text NOT NULL,
  sample boolean NOT NULL,
  digest text NOT NULL CONSTRAINT routing_rule_set_digest_form CHECK (digest ~ '^[0-9a-f]{64}$'),
  rules json NOT NULL,
  created_at timestamptz NOT NULL,
  created_by uuid CONSTRAINT routing_rule_set_created_by_fkey REFERENCES account (id),
  version integer CONSTRAINT routing_rule_set_version_key UNIQUE
    CONSTRAINT routing_rule_set_version_positive CHECK (version > 0),
  valid daterange CONSTRAINT routing_rule_set_valid_not_empty CHECK (NOT isempty(valid) AND NOT lower_inf(valid)),
  activated_at timestamptz,
  activated_by uuid CONSTRAINT routing_rule_set_activated_by_fkey REFERENCES account (id),
  CONSTRAINT routing_rule_set_draft_or_version
    CHECK ((version IS NULL) = (valid IS NULL) AND (version IS NULL) = (activated_at IS NULL)),
  CONSTRAINT routing_rule_set_one_at_a_time EXCLUDE USING gist (valid WITH &&)
);
COMMENT ON COLUMN routing_rule_set.rules IS 'JSON with sorted members; its SHA-256 is digest';
COMMENT ON COLUMN routing_rule_set.version IS 'given when a draft comes into force';

-- What stands in a set never changes: a draft comes into force once, a set in force ends once, and a version, which
-- traces speak of, stays for ever.
CREATE FUNCTION routing_rule_set_keeps() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' AND OLD.version IS NULL THEN
    RETURN OLD;
  ELSIF TG_OP = 'DELETE' OR (OLD.id, OLD.name, OLD.source, OLD.sample, OLD.digest, OLD.rules::text, OLD.created_at, OLD.created_by)
     IS DISTINCT FROM
     (NEW.id, NEW.name, NEW.source, NEW.sample, NEW.digest, NEW.rules::text, NEW.created_at, NEW.created_by)
     OR (OLD.version IS NOT NULL AND (
       (OLD.version, OLD.activated_at, OLD.activated_by, lower(OLD.valid))
       IS DISTINCT FROM (NEW.version, NEW.activated_at, NEW.activated_by, lower(NEW.valid)) OR NOT upper_inf(OLD.valid)))
  THEN
    RAISE EXCEPTION 'a set of routing rules only comes into force and ends'
      USING ERRCODE = 'restrict_violation', CONSTRAINT = 'routing_rule_set_keeps';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER routing_rule_set_keeps BEFORE UPDATE OR DELETE ON routing_rule_set
  FOR EACH ROW EXECUTE FUNCTION routing_rule_set_keeps();
""")
    district = "current_scope() = 'district'"
    secure("routing_rule_set", read=district, insert=district, update=district)
    run(f"GRANT UPDATE (version, valid, activated_at, activated_by) ON routing_rule_set TO {SERVER_ROLE}")
    run("""
-- Codes from the root of the tree in force on a day down to a category; empty for one that is not in it.
CREATE FUNCTION category_path_v1(p_category text, p_on date) RETURNS text[] LANGUAGE plpgsql STABLE AS $$
DECLARE
  path text[] := '{}';
  here text := p_category;
  above text;
BEGIN
  WHILE here IS NOT NULL AND NOT here = ANY (path) LOOP
    SELECT k.parent INTO above FROM category k WHERE k.code = here AND k.valid @> p_on;
    EXIT WHEN NOT FOUND;
    path := array_prepend(here, path);
    here := above;
  END LOOP;
  RETURN path;
END $$;

-- The rules in force on a day, for whoever reports: no rules when the asker holds that set already, null without one.
CREATE FUNCTION routing_rules_on_v1(p_on date, p_category text, p_held bigint[]) RETURNS json LANGUAGE plpgsql STABLE AS $$
DECLARE
  chosen record;
BEGIN
  SELECT s.id, s.name, s.version, CASE WHEN s.id = ANY (p_held) THEN NULL ELSE s.rules END AS rules INTO chosen
  FROM routing_rule_set s WHERE s.valid @> p_on AND current_account() IS NOT NULL;
  IF NOT FOUND THEN
    RETURN NULL;
  END IF;
  RETURN json_build_object('id', chosen.id, 'name', chosen.name, 'version', chosen.version, 'rules', chosen.rules,
    'category_path', category_path_v1(p_category, p_on));
END $$;

-- Bring a draft into force on a day and end the set before it; says what came of it. Rights are the caller's.
CREATE FUNCTION routing_rules_activate_v1(p_set bigint, p_from date, p_today date, p_at timestamptz)
RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  draft record;
  newest record;
BEGIN
  -- One at a time, so that two never both see the same set as the newest; the constraints would only refuse the second.
  PERFORM pg_advisory_xact_lock(hashtext('routing_rules_activate_v1'));
  SELECT s.version, s.valid INTO draft FROM routing_rule_set s WHERE s.id = p_set;
  IF NOT FOUND THEN
    RETURN 'missing';
  ELSIF draft.version IS NOT NULL THEN
    RETURN CASE WHEN lower(draft.valid) = p_from THEN 'same' ELSE 'in_force' END;
  END IF;
  SELECT s.id, s.version, lower(s.valid) AS since INTO newest FROM routing_rule_set s
  WHERE s.version IS NOT NULL ORDER BY s.version DESC LIMIT 1;
  IF newest.since >= p_from THEN
    RETURN 'early';
  ELSIF p_from < p_today AND EXISTS (SELECT 1 FROM report r WHERE r.judged_on >= p_from) THEN
    RETURN 'depended_on';
  END IF;
  UPDATE routing_rule_set s SET valid = daterange(lower(s.valid), p_from) WHERE s.id = newest.id;
  UPDATE routing_rule_set s
  SET version = coalesce(newest.version, 0) + 1, valid = daterange(p_from, NULL), activated_at = p_at,
    activated_by = current_account()
  WHERE s.id = p_set;
  RETURN 'activated';
END $$;

-- Reports with their newest match as routing sees it, newest first: what a dry run of other rules is made from. Rights
-- are the caller's.
CREATE FUNCTION routed_reports_v1(p_from timestamptz, p_max integer)
RETURNS TABLE (id uuid, received_at timestamptz, captured_at timestamptz, judged_on date, category text,
  category_path text[], lon double precision, lat double precision, zones json, body text, case_number text)
LANGUAGE sql STABLE AS $$
  SELECT r.id, r.received_at, r.captured_at, r.judged_on, r.category, category_path_v1(r.category, r.judged_on),
    ST_X(r.place), ST_Y(r.place),
    (SELECT json_object_agg(e.key, json_build_object('code', e.value -> 'code', 'verdict', e.value -> 'verdict',
       'probability', e.value -> 'probability'))
     FROM json_each(m.result) e
     WHERE e.key IN ('township', 'community', 'grid', 'frontage', 'parking', 'site', 'service_point')),
    m.routing ->> 'body',
    (SELECT c.number FROM case_report cr JOIN case_file c ON c.id = cr.case_id WHERE cr.report_id = r.id)
  FROM report r
  JOIN LATERAL (
    SELECT z.result, z.routing FROM zone_match z WHERE z.report_id = r.id ORDER BY z.id DESC LIMIT 1) m ON true
  WHERE r.received_at >= p_from
  ORDER BY r.received_at DESC, r.id DESC
  LIMIT p_max
$$;
""")
    definer("routing_rules_on_v1", "date, text, bigint[]")


def downgrade() -> None:
    run("""
DROP FUNCTION routed_reports_v1(timestamptz, integer);
DROP FUNCTION routing_rules_activate_v1(bigint, date, date, timestamptz);
DROP FUNCTION routing_rules_on_v1(date, text, bigint[]);
DROP FUNCTION category_path_v1(text, date);
DROP TABLE routing_rule_set;
DROP FUNCTION routing_rule_set_keeps();
""")
