"""Records: forms that were filled in, how they were scored, and what follows from them. A record only gains neighbours."""

from migrations.sql import append_only, definer, run, secure

revision = "0047"
down_revision = "0046"

# Whoever filled it in and whom it is about; `body` adds their body and the township it is about, `own` the admins of
# the person's body.
READ = """account_id = current_account() OR person_id = current_account()
OR (sees = 'district' AND current_scope() = 'district')
OR (sees = 'body' AND (may_see(organisation_id, account_id) OR (current_scope() = 'organisation'
  AND EXISTS (SELECT 1 FROM organisation o WHERE o.id = current_organisation() AND o.code = township_code))))
OR (sees = 'own' AND asks_as('admin') AND record_person_seen_v1(coalesce(person_id, account_id)))"""
INSERT = "account_id = current_account() AND organisation_id = current_organisation()"
DEFINERS = {
    "record_person_seen_v1": "uuid",
    "record_person_v1": "text",
    "record_shift_v1": "timestamptz",
    "records_of_round_v1": "text, text, date, date, date",
    "means_of_record_v1": "timestamptz, timestamptz",
}


def upgrade() -> None:
    run("""
CREATE TABLE form_record (
  id uuid CONSTRAINT form_record_pkey PRIMARY KEY,
  form text NOT NULL CONSTRAINT form_record_form_length CHECK (length(form) BETWEEN 1 AND 64),
  rulebook_id bigint NOT NULL CONSTRAINT form_record_rulebook_id_fkey REFERENCES rulebook (id),
  account_id uuid NOT NULL CONSTRAINT form_record_account_id_fkey REFERENCES account (id),
  organisation_id uuid NOT NULL CONSTRAINT form_record_organisation_id_fkey REFERENCES organisation (id),
  shift_id uuid CONSTRAINT form_record_shift_id_fkey REFERENCES shift (id),
  at timestamptz NOT NULL,
  day date NOT NULL,
  received_at timestamptz NOT NULL,
  digest text NOT NULL CONSTRAINT form_record_digest_form CHECK (digest ~ '^[0-9a-f]{64}$'),
  about_kind text NOT NULL CONSTRAINT form_record_about_known
    CHECK (about_kind IN ('subject', 'zone', 'street', 'township', 'case', 'person', 'place')),
  about_code text,
  about_name text,
  zone_id bigint CONSTRAINT form_record_zone_id_fkey REFERENCES zone (id),
  case_id uuid CONSTRAINT form_record_case_id_fkey REFERENCES case_file (id),
  person_id uuid CONSTRAINT form_record_person_id_fkey REFERENCES account (id),
  subject_id uuid CONSTRAINT form_record_subject_id_fkey REFERENCES subject (id),
  township_code text,
  place geometry(Point, 4326),
  sent_lon double precision,
  sent_lat double precision,
  datum text CONSTRAINT form_record_datum_known CHECK (datum IN ('wgs84', 'cgcs2000', 'gcj02', 'bd09')),
  accuracy_m double precision,
  answers jsonb NOT NULL,
  score numeric,
  no_score text,
  heads jsonb NOT NULL,
  sees text NOT NULL CONSTRAINT form_record_sees_known CHECK (sees IN ('body', 'district', 'own')),
  means text CONSTRAINT form_record_means_known CHECK (means IN ('service', 'management', 'enforcement')),
  visit text CONSTRAINT form_record_visit_known CHECK (visit IN ('inspection', 'service')),
  hot_spot boolean NOT NULL,
  corrects uuid CONSTRAINT form_record_corrects_fkey REFERENCES form_record (id),
  CONSTRAINT form_record_corrected_once UNIQUE (corrects),
  CONSTRAINT form_record_about_whole CHECK ((about_kind = 'place') = (about_code IS NULL)
    AND (about_kind = 'zone') = (zone_id IS NOT NULL) AND (about_kind = 'case') = (case_id IS NOT NULL)
    AND (about_kind = 'person') = (person_id IS NOT NULL) AND (about_kind = 'subject') = (subject_id IS NOT NULL)),
  CONSTRAINT form_record_sent_whole CHECK ((datum IS NULL) = (sent_lon IS NULL) AND (datum IS NULL) = (sent_lat IS NULL))
);
COMMENT ON TABLE form_record IS 'forms that were filled in; a correction is another record';
COMMENT ON COLUMN form_record.day IS 'local day of `at`: the set of forms in force then judges it';
COMMENT ON COLUMN form_record.about_code IS 'code of the zone, name of the street, number of the case and so on, as it was then';
COMMENT ON COLUMN form_record.place IS 'as sent, in WGS 84; of what was sent without one, where the zone or case it is about lies';
COMMENT ON COLUMN form_record.no_score IS 'why there is none though the form has a formula';
COMMENT ON COLUMN form_record.heads IS 'by head: score, or why there is none';
CREATE INDEX form_record_list ON form_record (at DESC, id DESC);
CREATE INDEX form_record_of_form ON form_record (form, day);
CREATE INDEX form_record_of_thing ON form_record (about_kind, about_code, at);
CREATE INDEX form_record_of_person ON form_record (person_id) WHERE person_id IS NOT NULL;

-- Whether the asker may see this person's own records as their admin does.
CREATE FUNCTION record_person_seen_v1(p_account uuid) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT EXISTS (SELECT 1 FROM account a WHERE a.id = p_account AND may_see(a.organisation_id, a.id))
$$;

-- Somebody whom the asker may file a record about: of their scope, by user name.
CREATE FUNCTION record_person_v1(p_username text)
RETURNS TABLE (id uuid, name text, township_code text) LANGUAGE sql STABLE AS $$
  SELECT a.id, a.display_name, CASE WHEN o.kind = 'township' THEN o.code END
  FROM account a JOIN organisation o ON o.id = a.organisation_id
  WHERE a.username = p_username AND may_see(a.organisation_id, a.id)
$$;

-- The asker's shift at a moment, if any.
CREATE FUNCTION record_shift_v1(p_at timestamptz) RETURNS uuid LANGUAGE sql STABLE AS $$
  SELECT s.shift_id FROM shift_spans_v1(current_account(), p_at, p_at) s ORDER BY s.starts DESC LIMIT 1
$$;

-- Zones of a kind in force on a day, in the asker's township (the district's: all), each with the newest record of a form
-- within a round, its days counted from the first up to before the last. No names, hence with the owner's rights.
CREATE FUNCTION records_of_round_v1(p_form text, p_kind text, p_on date, p_first date, p_until date)
RETURNS TABLE (code text, name text, township_code text, record_id uuid, at timestamptz) LANGUAGE sql STABLE AS $$
  SELECT z.code, z.name, z.township_code, r.id, r.at
  FROM zone z
  JOIN organisation o ON o.id = current_organisation() AND (o.kind = 'district' OR o.code = z.township_code)
  LEFT JOIN LATERAL (
    SELECT f.id, f.at FROM form_record f
    WHERE f.about_kind = 'zone' AND f.about_code = z.code AND f.form = p_form AND f.day >= p_first AND f.day < p_until
      AND EXISTS (SELECT 1 FROM zone l WHERE l.id = f.zone_id AND l.kind = p_kind)
      AND NOT EXISTS (SELECT 1 FROM form_record n WHERE n.corrects = f.id)
    ORDER BY f.at DESC LIMIT 1) r ON true
  WHERE z.kind = p_kind AND z.valid @> p_on AND current_account() IS NOT NULL
  ORDER BY z.code
$$;

-- What records and marks of visits count as among the three means, in the asker's scope, without anybody's name: a record
-- by its form, a card handed over and a call at the door as service, a look at a door as management. A record's own mark
-- of a visit is not counted twice.
CREATE FUNCTION means_of_record_v1(p_from timestamptz, p_until timestamptz)
RETURNS TABLE (source text, id uuid, at timestamptz, township_code text, organisation_id uuid, means text)
LANGUAGE sql STABLE AS $$
  SELECT t.source, t.id, t.at, t.township_code, t.organisation_id, t.means
  FROM (
    SELECT 'record' AS source, r.id, r.at, r.township_code, r.organisation_id, r.account_id, r.means
    FROM form_record r
    WHERE r.at >= p_from AND r.at < p_until AND r.means IS NOT NULL
      AND NOT EXISTS (SELECT 1 FROM form_record n WHERE n.corrects = r.id)
    UNION ALL
    SELECT CASE WHEN m.law_card IS NULL THEN 'visit' ELSE 'law_card' END, m.id, m.at, z.township_code, m.organisation_id,
      m.account_id, CASE WHEN m.law_card IS NOT NULL OR m.kind = 'service' THEN 'service' ELSE 'management' END
    FROM visit_mark m JOIN zone z ON z.id = m.zone_id
    WHERE m.at >= p_from AND m.at < p_until AND NOT EXISTS (SELECT 1 FROM form_record r WHERE r.id = m.id)
  ) t
  LEFT JOIN organisation o ON o.id = current_organisation()
  WHERE may_see(t.organisation_id, t.account_id)
    OR (current_scope() = 'organisation' AND o.code = t.township_code)
$$;
""")
    append_only(["form_record"])
    for name, arguments in DEFINERS.items():
        definer(name, arguments)
    secure("form_record", read=READ, insert=INSERT)


def downgrade() -> None:
    run("DROP TABLE form_record")
    for name, arguments in DEFINERS.items():
        run(f"DROP FUNCTION {name}({arguments})")
