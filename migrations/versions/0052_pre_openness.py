"""Openness: decisions made public, photos with what is blurred in them, and the role of the public page.

What strangers read comes from functions only, for a role that can read no table: a mistake in a route shows nobody more.
"""

from migrations.sql import SERVER_ROLE, definer, run, secure

revision = "0052"
down_revision = "0051"

PUBLIC_ROLE = "frontage_public"
SEEN = "may_see(organisation_id, NULL)"
DISTRICT = "current_scope() = 'district'"
OPEN = {
    "open_statistics_v1": "timestamptz, timestamptz, integer",
    "open_decisions_v1": "date, uuid, integer",
    "open_photo_v1": "uuid",
}


def upgrade() -> None:
    _role()
    _publications()
    _due()
    _open()


def _role() -> None:
    # Roles belong to the cluster, not to this database: another deployment may have made it already.
    run(f"""
DO $$ BEGIN
  CREATE ROLE {PUBLIC_ROLE} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS NOREPLICATION;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
END $$;
GRANT USAGE ON SCHEMA public TO {PUBLIC_ROLE};
""")


def _publications() -> None:
    run("""
CREATE TABLE publication (
  id uuid CONSTRAINT publication_pkey PRIMARY KEY,
  decision_id uuid NOT NULL,
  organisation_id uuid NOT NULL CONSTRAINT publication_organisation_id_fkey REFERENCES organisation (id),
  rulebook_id bigint NOT NULL CONSTRAINT publication_rulebook_id_fkey REFERENCES rulebook (id),
  outcome text NOT NULL,
  township_code text,
  decided_on date NOT NULL,
  due_on date NOT NULL,
  text text NOT NULL CONSTRAINT publication_text_length CHECK (length(text) BETWEEN 1 AND 1000),
  text_en text NOT NULL CONSTRAINT publication_text_en_length CHECK (length(text_en) BETWEEN 1 AND 1000),
  drafted_at timestamptz NOT NULL,
  drafted_by uuid NOT NULL CONSTRAINT publication_drafted_by_fkey REFERENCES account (id),
  published_on date,
  published_at timestamptz,
  published_by uuid CONSTRAINT publication_published_by_fkey REFERENCES account (id),
  withdrawn_at timestamptz,
  withdrawn_by uuid CONSTRAINT publication_withdrawn_by_fkey REFERENCES account (id),
  withdrawn_reason text CONSTRAINT publication_withdrawn_reason_length CHECK (length(withdrawn_reason) BETWEEN 1 AND 500),
  CONSTRAINT publication_by_another CHECK (published_by <> drafted_by),
  CONSTRAINT publication_published_whole
    CHECK ((published_at IS NULL) = (published_by IS NULL) AND (published_at IS NULL) = (published_on IS NULL)),
  CONSTRAINT publication_withdrawn_whole
    CHECK ((withdrawn_at IS NULL) = (withdrawn_by IS NULL) AND (withdrawn_at IS NULL) = (withdrawn_reason IS NULL))
);
COMMENT ON TABLE publication IS 'what is told to the public of a decision: made of its fields, approved by another person';
COMMENT ON COLUMN publication.decision_id IS 'of decision_v1';
COMMENT ON COLUMN publication.published_on IS 'in the calendar of the district';
CREATE UNIQUE INDEX publication_one_of_decision ON publication (decision_id) WHERE withdrawn_at IS NULL;
CREATE INDEX publication_public ON publication (published_on DESC, id DESC)
  WHERE published_at IS NOT NULL AND withdrawn_at IS NULL;
CREATE INDEX publication_newest ON publication (drafted_at DESC, id DESC);

CREATE TABLE publication_photo (
  id uuid CONSTRAINT publication_photo_pkey PRIMARY KEY,
  publication_id uuid NOT NULL CONSTRAINT publication_photo_publication_id_fkey REFERENCES publication (id),
  sha256 text NOT NULL CONSTRAINT publication_photo_sha256_form CHECK (sha256 ~ '^[0-9a-f]{64}$'),
  chosen boolean NOT NULL,
  regions jsonb NOT NULL,
  confirmed_at timestamptz NOT NULL,
  confirmed_by uuid NOT NULL CONSTRAINT publication_photo_confirmed_by_fkey REFERENCES account (id),
  CONSTRAINT publication_photo_key UNIQUE (publication_id, sha256)
);
COMMENT ON COLUMN publication_photo.regions IS 'what a person blurred: [[left, top, right, bottom], ...], shares of the upright picture';

-- Published once, withdrawn once; what was told stays as it was told.
CREATE FUNCTION publication_keeps() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE'
    OR (OLD.id, OLD.decision_id, OLD.organisation_id, OLD.rulebook_id, OLD.outcome, OLD.township_code, OLD.decided_on,
        OLD.due_on, OLD.text, OLD.text_en, OLD.drafted_at, OLD.drafted_by)
      IS DISTINCT FROM (NEW.id, NEW.decision_id, NEW.organisation_id, NEW.rulebook_id, NEW.outcome, NEW.township_code,
        NEW.decided_on, NEW.due_on, NEW.text, NEW.text_en, NEW.drafted_at, NEW.drafted_by)
    OR (OLD.published_at IS NOT NULL AND (OLD.published_on, OLD.published_at, OLD.published_by)
      IS DISTINCT FROM (NEW.published_on, NEW.published_at, NEW.published_by))
    OR OLD.withdrawn_at IS NOT NULL THEN
    RAISE EXCEPTION 'a publication is only published and withdrawn' USING ERRCODE = 'restrict_violation',
      CONSTRAINT = 'publication_keeps';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER publication_keeps BEFORE UPDATE OR DELETE ON publication
  FOR EACH ROW EXECUTE FUNCTION publication_keeps();

-- Whether a text names somebody the system knows: who works here, answers for a place, is a party or complained.
CREATE FUNCTION names_somebody_v1(p_text text) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT EXISTS (
    SELECT 1 FROM (
      SELECT a.display_name AS name FROM account a
      UNION ALL SELECT p.name FROM subject_person p
      UNION ALL SELECT c.payload::json -> 'complainant' ->> 'name' FROM complaint_person c) known
    WHERE length(trim(known.name)) >= 2 AND strpos(p_text, trim(known.name)) > 0)
$$;
""")
    run("""
-- The name of a shop as strangers read it: its code where the name names somebody who answers for a place or works here,
-- or holds a telephone or a number plate.
CREATE FUNCTION public_name_v1(p_name text, p_code text) RETURNS text LANGUAGE sql STABLE AS $$
  SELECT CASE WHEN p_name ~ '\\d{7}' OR p_name ~ '[\\u4e00-\\u9fff][A-Z][·. ]?[A-Z0-9]{5}' OR EXISTS (
    SELECT 1 FROM (SELECT a.display_name AS name FROM account a UNION ALL SELECT p.name FROM subject_person p) known
    WHERE length(trim(known.name)) >= 2 AND strpos(p_name, trim(known.name)) > 0)
  THEN p_code ELSE p_name END
$$;
""")
    secure("publication", read=SEEN, insert=SEEN, update=DISTRICT)
    of_draft = "EXISTS (SELECT 1 FROM publication p WHERE p.id = publication_id AND p.published_at IS NULL AND p.withdrawn_at IS NULL)"
    secure(
        "publication_photo",
        read="EXISTS (SELECT 1 FROM publication p WHERE p.id = publication_id)",
        insert=of_draft,
        update=of_draft,
    )
    definer("names_somebody_v1", "text")
    definer("public_name_v1", "text, text")
    run(f"""
GRANT UPDATE (published_on, published_at, published_by, withdrawn_at, withdrawn_by, withdrawn_reason)
  ON publication TO {SERVER_ROLE};
GRANT UPDATE (chosen, regions, confirmed_at, confirmed_by) ON publication_photo TO {SERVER_ROLE};
""")


def _due() -> None:
    run("""
-- Decisions that are to be public and are not, with the day by which; by the rules in force on the day of the decision.
-- Without rules for it the day is null. Rights are the caller's.
CREATE FUNCTION decisions_unpublished_v1(p_time_zone text) RETURNS TABLE (decision_id uuid, proceeding_number text,
  case_number text, organisation_id uuid, township_code text, party_kind text, outcome text, item_name text, basis text,
  amount_yuan numeric, street text, decided_on date, rulebook_id bigint, rule json, due_on date, draft_id uuid)
LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY
  SELECT d.id, d.proceeding_number, d.case_number, d.organisation_id, d.township_code, d.party_kind, d.outcome,
    coalesce(d.item_name, d.item),
    (SELECT concat_ws('', '《' || (i.value -> 'basis' ->> 'title') || '》', i.value -> 'basis' ->> 'clause')
     FROM rulebook b, json_array_elements(b.rows) AS i (value)
     WHERE b.id = d.items_id AND i.value ->> 'code' = d.item),
    d.amount_yuan,
    (SELECT s.name FROM street s, case_file f WHERE f.id = d.case_id AND ST_DWithin(s.geom_m, to_metric(f.place), 60)
     ORDER BY ST_Distance(s.geom_m, to_metric(f.place)), s.name LIMIT 1),
    t.decided_on, r.id, r.rule, t.decided_on + CAST(r.rule ->> 'days' AS integer), p.id
  FROM decision_v1 d
  CROSS JOIN LATERAL (SELECT CAST(d.decided_at AT TIME ZONE p_time_zone AS date) AS decided_on) t
  LEFT JOIN LATERAL (
    SELECT b.id, e.value AS rule FROM rulebook b, json_array_elements(b.rows) AS e (value)
    WHERE b.kind = 'publication_rules' AND b.valid @> t.decided_on AND e.value ->> 'code' = d.outcome) r ON true
  LEFT JOIN publication p ON p.decision_id = d.id AND p.withdrawn_at IS NULL
  WHERE p.published_at IS NULL AND coalesce(CAST(r.rule ->> 'publish' AS boolean), true);
END $$;

-- Photos of the case of a decision, in order of arrival. Rights are the caller's.
CREATE FUNCTION decision_photos_v1(p_decision uuid) RETURNS TABLE (sha256 text, role text) LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY SELECT o.sha256, min(o.role) FROM decision_v1 d
  JOIN case_report c ON c.case_id = d.case_id
  JOIN report_photo o ON o.report_id = c.report_id
  JOIN photo_arrival a ON a.report_id = o.report_id AND a.sha256 = o.sha256
  WHERE d.id = p_decision
  GROUP BY o.sha256 ORDER BY min(a.received_at), o.sha256;
END $$;
""")
    for function, arguments in (("decisions_unpublished_v1", "text"), ("decision_photos_v1", "uuid")):
        run(f"REVOKE ALL ON FUNCTION {function}({arguments}) FROM PUBLIC")
        run(f"GRANT EXECUTE ON FUNCTION {function}({arguments}) TO {SERVER_ROLE}")


def _open() -> None:
    run("""
-- Figures of a period by township, counted as the indicators count; satisfaction only from so many answers on, so that
-- nobody's answer is told.
CREATE FUNCTION open_statistics_v1(p_begin timestamptz, p_end timestamptz, p_answers_min integer)
RETURNS TABLE (township_code text, township text, registered bigint, due bigint, closed bigint, closed_on_time bigint,
  answers bigint, satisfied bigint) LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY
  SELECT o.code, o.name, coalesce(m.registered, 0), coalesce(m.due, 0), coalesce(m.closed, 0),
    coalesce(m.closed_on_time, 0), CASE WHEN s.answers >= p_answers_min THEN s.answers END,
    CASE WHEN s.answers >= p_answers_min THEN s.satisfied END
  FROM organisation o
  LEFT JOIN (
    SELECT c.township_code, count(*) FILTER (WHERE c.measure = 'registered') AS registered,
      count(*) FILTER (WHERE c.measure = 'due') AS due, count(*) FILTER (WHERE c.measure = 'closed') AS closed,
      count(*) FILTER (WHERE c.measure = 'closed_on_time') AS closed_on_time
    FROM case_measure_v1(p_begin, p_end, NULL, NULL, NULL) c GROUP BY c.township_code) m ON m.township_code = o.code
  LEFT JOIN (
    SELECT f.township_code, count(*) AS answers, count(*) FILTER (WHERE b.satisfaction >= 4) AS satisfied
    FROM complaint_callback b
    JOIN complaint k ON k.id = b.complaint_id
    JOIN case_file f ON f.id = k.case_id
    WHERE b.satisfaction IS NOT NULL AND b.called_at >= p_begin AND b.called_at < p_end
    GROUP BY f.township_code) s ON s.township_code = o.code
  WHERE o.kind = 'township'
  ORDER BY o.code;
END $$;

-- Decisions that are public now, newest first, after one of the page before.
CREATE FUNCTION open_decisions_v1(p_before_on date, p_before_id uuid, p_rows integer)
RETURNS TABLE (id uuid, published_on date, decided_on date, township_code text, township text, outcome text, text text,
  text_en text, photos uuid[]) LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY
  SELECT p.id, p.published_on, p.decided_on, p.township_code, o.name, p.outcome, p.text, p.text_en,
    ARRAY(SELECT f.id FROM publication_photo f WHERE f.publication_id = p.id AND f.chosen ORDER BY f.confirmed_at, f.id)
  FROM publication p
  LEFT JOIN organisation o ON o.code = p.township_code
  WHERE p.published_at IS NOT NULL AND p.withdrawn_at IS NULL
    AND (p_before_on IS NULL OR (p.published_on, p.id) < (p_before_on, p_before_id))
  ORDER BY p.published_on DESC, p.id DESC
  LIMIT p_rows;
END $$;

-- Of a photo that is public now: which, and what is blurred in it.
CREATE FUNCTION open_photo_v1(p_photo uuid) RETURNS TABLE (sha256 text, regions jsonb) LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY SELECT f.sha256, f.regions FROM publication_photo f JOIN publication p ON p.id = f.publication_id
  WHERE f.id = p_photo AND f.chosen AND p.published_at IS NOT NULL AND p.withdrawn_at IS NULL;
END $$;
""")
    for function, arguments in OPEN.items():
        definer(function, arguments)
        run(f"REVOKE EXECUTE ON FUNCTION {function}({arguments}) FROM {SERVER_ROLE}")
        run(f"GRANT EXECUTE ON FUNCTION {function}({arguments}) TO {PUBLIC_ROLE}")
    # The figures are the whole district's.
    run(f"ALTER FUNCTION open_statistics_v1({OPEN['open_statistics_v1']}) SET frontage.scope = 'district'")


def downgrade() -> None:
    for function, arguments in OPEN.items():
        run(f"DROP FUNCTION {function}({arguments})")
    run(f"""
DROP FUNCTION decision_photos_v1(uuid);
DROP FUNCTION decisions_unpublished_v1(text);
DROP FUNCTION names_somebody_v1(text);
DROP FUNCTION public_name_v1(text, text);
DROP TABLE publication_photo;
DROP TABLE publication;
DROP FUNCTION publication_keeps();
REVOKE USAGE ON SCHEMA public FROM {PUBLIC_ROLE};
""")
