"""Documents: papers that never change, how each was served, consents to electronic service, and what is to be served on
paper because that failed."""

from migrations.sql import SERVER_ROLE, WORKER_ROLE, append_only, definer, run, secure

revision = "0046"
down_revision = "0045"

EVIDENCE = (
    "document",
    "document_zone",
    "service_consent",
    "service_consent_end",
    "service_attempt",
    "service_outcome",
)
FOR_THE_WORKER = {
    "service_take_v1": "timestamptz, double precision",
    "service_note_v1": "uuid, timestamptz, text, text, integer, timestamptz, double precision",
}


def upgrade() -> None:
    run("""
CREATE TABLE document (
  id uuid CONSTRAINT document_pkey PRIMARY KEY,
  number bigint GENERATED ALWAYS AS IDENTITY,
  code text GENERATED ALWAYS AS ('D-' || lpad(CAST(number AS text), greatest(6, length(CAST(number AS text))), '0')) STORED
    NOT NULL CONSTRAINT document_code_key UNIQUE,
  kind text NOT NULL CONSTRAINT document_kind_form CHECK (kind ~ '^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$'),
  title text NOT NULL CONSTRAINT document_title_length CHECK (length(title) BETWEEN 1 AND 200),
  organisation_id uuid NOT NULL CONSTRAINT document_organisation_id_fkey REFERENCES organisation (id),
  subject_id uuid CONSTRAINT document_subject_id_fkey REFERENCES subject (id),
  case_id uuid CONSTRAINT document_case_id_fkey REFERENCES case_file (id),
  content json NOT NULL,
  attachments text[] NOT NULL,
  valid daterange CONSTRAINT document_valid_whole CHECK (NOT isempty(valid) AND NOT lower_inf(valid)),
  digest text NOT NULL CONSTRAINT document_digest_form CHECK (digest ~ '^[0-9a-f]{64}$'),
  replaces uuid CONSTRAINT document_replaces_fkey REFERENCES document (id),
  made_at timestamptz NOT NULL,
  made_by uuid NOT NULL CONSTRAINT document_made_by_fkey REFERENCES account (id)
);
COMMENT ON COLUMN document.organisation_id IS 'the body it belongs to: of the township of its subject, else of its case';
COMMENT ON COLUMN document.content IS 'canonical JSON (RFC 8785)';
COMMENT ON COLUMN document.valid IS 'days on which it holds, of what holds for a time';
COMMENT ON COLUMN document.digest IS 'SHA-256 of all that the paper says, canonical: the same id again is the same paper';
CREATE INDEX document_newest ON document (made_at DESC, id DESC);
CREATE INDEX document_of_subject ON document (subject_id, made_at DESC) WHERE subject_id IS NOT NULL;
CREATE INDEX document_of_case ON document (case_id, made_at DESC) WHERE case_id IS NOT NULL;

CREATE TABLE document_zone (
  document_id uuid NOT NULL CONSTRAINT document_zone_document_id_fkey REFERENCES document (id),
  zone_kind text NOT NULL,
  zone_code text NOT NULL,
  CONSTRAINT document_zone_pkey PRIMARY KEY (document_id, zone_kind, zone_code)
);
CREATE INDEX document_zone_of_zone ON document_zone (zone_kind, zone_code);

CREATE TABLE service_consent (
  id uuid CONSTRAINT service_consent_pkey PRIMARY KEY,
  subject_id uuid NOT NULL CONSTRAINT service_consent_subject_id_fkey REFERENCES subject (id),
  organisation_id uuid NOT NULL CONSTRAINT service_consent_organisation_id_fkey REFERENCES organisation (id),
  signer text NOT NULL CONSTRAINT service_consent_signer_length CHECK (length(signer) BETWEEN 1 AND 100),
  phone text CONSTRAINT service_consent_phone_length CHECK (length(phone) BETWEEN 1 AND 40),
  email text CONSTRAINT service_consent_email_length CHECK (length(email) BETWEEN 3 AND 254),
  other text CONSTRAINT service_consent_other_length CHECK (length(other) BETWEEN 1 AND 200),
  form text NOT NULL CONSTRAINT service_consent_form_fkey REFERENCES attachment (sha256),
  valid daterange NOT NULL CONSTRAINT service_consent_valid_whole CHECK (NOT isempty(valid) AND NOT lower_inf(valid)),
  digest text NOT NULL CONSTRAINT service_consent_digest_form CHECK (digest ~ '^[0-9a-f]{64}$'),
  recorded_at timestamptz NOT NULL,
  recorded_by uuid NOT NULL CONSTRAINT service_consent_recorded_by_fkey REFERENCES account (id),
  CONSTRAINT service_consent_some CHECK (coalesce(phone, email, other) IS NOT NULL)
);
COMMENT ON COLUMN service_consent.form IS 'the signed form, as it was photographed or scanned';
CREATE INDEX service_consent_of_subject ON service_consent (subject_id, recorded_at DESC);
CREATE TABLE service_consent_end (
  consent_id uuid CONSTRAINT service_consent_end_pkey PRIMARY KEY
    CONSTRAINT service_consent_end_consent_id_fkey REFERENCES service_consent (id),
  reason text NOT NULL CONSTRAINT service_consent_end_reason_length CHECK (length(reason) BETWEEN 1 AND 500),
  at timestamptz NOT NULL,
  by uuid NOT NULL CONSTRAINT service_consent_end_by_fkey REFERENCES account (id)
);

CREATE TABLE service_attempt (
  id uuid CONSTRAINT service_attempt_pkey PRIMARY KEY,
  document_id uuid NOT NULL CONSTRAINT service_attempt_document_id_fkey REFERENCES document (id),
  how text NOT NULL,
  rulebook_id bigint NOT NULL CONSTRAINT service_attempt_rulebook_id_fkey REFERENCES rulebook (id),
  electronic boolean NOT NULL,
  consent_id uuid CONSTRAINT service_attempt_consent_id_fkey REFERENCES service_consent (id),
  served_at timestamptz NOT NULL,
  note text NOT NULL CONSTRAINT service_attempt_note_length CHECK (length(note) <= 500),
  digest text NOT NULL CONSTRAINT service_attempt_digest_form CHECK (digest ~ '^[0-9a-f]{64}$'),
  recorded_at timestamptz NOT NULL,
  recorded_by uuid NOT NULL CONSTRAINT service_attempt_recorded_by_fkey REFERENCES account (id)
);
COMMENT ON COLUMN service_attempt.how IS 'code of a row of this rulebook of service methods';
CREATE INDEX service_attempt_of_document ON service_attempt (document_id, recorded_at);
CREATE TABLE service_outcome (
  attempt_id uuid CONSTRAINT service_outcome_pkey PRIMARY KEY
    CONSTRAINT service_outcome_attempt_id_fkey REFERENCES service_attempt (id),
  outcome text NOT NULL CONSTRAINT service_outcome_known CHECK (outcome IN ('delivered', 'failed', 'refused')),
  trouble text,
  status integer,
  receipt text CONSTRAINT service_outcome_receipt_fkey REFERENCES attachment (sha256),
  at timestamptz NOT NULL,
  by uuid CONSTRAINT service_outcome_by_fkey REFERENCES account (id)
);
COMMENT ON TABLE service_outcome IS 'how an attempt ended; of one that a gateway sends it comes later, and from nobody';
COMMENT ON COLUMN service_outcome.trouble IS 'why a gateway did not take it, as of deliveries of notices';

CREATE TABLE service_message (
  attempt_id uuid CONSTRAINT service_message_pkey PRIMARY KEY
    CONSTRAINT service_message_attempt_id_fkey REFERENCES service_attempt (id),
  gateway text NOT NULL CONSTRAINT service_message_gateway_known CHECK (gateway IN ('phone', 'email')),
  paper_days integer NOT NULL CONSTRAINT service_message_paper_days_range CHECK (paper_days BETWEEN 0 AND 365),
  tries integer NOT NULL DEFAULT 0,
  next_try_at timestamptz NOT NULL,
  first_tried_at timestamptz,
  settled_at timestamptz
);
COMMENT ON TABLE service_message IS 'what a gateway has still to send, and how often it was tried';
COMMENT ON COLUMN service_message.paper_days IS 'within so many days it is served on paper, if this fails';
CREATE INDEX service_message_waiting ON service_message (next_try_at) WHERE settled_at IS NULL;

CREATE TABLE service_task (
  id uuid CONSTRAINT service_task_pkey PRIMARY KEY DEFAULT gen_random_uuid(),
  document_id uuid NOT NULL CONSTRAINT service_task_document_id_fkey REFERENCES document (id),
  organisation_id uuid NOT NULL CONSTRAINT service_task_organisation_id_fkey REFERENCES organisation (id),
  failed_attempt_id uuid NOT NULL CONSTRAINT service_task_failed_attempt_id_key UNIQUE
    CONSTRAINT service_task_failed_attempt_id_fkey REFERENCES service_attempt (id),
  opened_at timestamptz NOT NULL,
  due_at timestamptz NOT NULL,
  closed_at timestamptz,
  closed_by uuid CONSTRAINT service_task_closed_by_fkey REFERENCES service_attempt (id),
  CONSTRAINT service_task_closed_whole CHECK ((closed_at IS NULL) = (closed_by IS NULL))
);
COMMENT ON TABLE service_task IS 'a document to serve on paper, since it did not arrive electronically';
CREATE UNIQUE INDEX service_task_one_open ON service_task (document_id) WHERE closed_at IS NULL;
CREATE INDEX service_task_of_organisation ON service_task (organisation_id, due_at);
""")
    append_only(EVIDENCE)
    mine = "EXISTS (SELECT 1 FROM document d WHERE d.id = document_id)"
    tried = "EXISTS (SELECT 1 FROM service_attempt t WHERE t.id = attempt_id)"
    of_body = "may_see(organisation_id, NULL)"
    secure("document", read="may_see(organisation_id, made_by)", insert="made_by = current_account()")
    secure("document_zone", read=mine, insert=mine)
    # Addresses of people: for the body's office and the district's, and not for who walks the streets.
    secure("service_consent", read=of_body, insert=f"recorded_by = current_account() AND {of_body}")
    consented = "EXISTS (SELECT 1 FROM service_consent c WHERE c.id = consent_id)"
    secure("service_consent_end", read=consented, insert=f"by = current_account() AND {consented}")
    secure("service_attempt", read=mine, insert=f"recorded_by = current_account() AND {mine}")
    secure("service_outcome", read=tried, insert=f"by = current_account() AND {tried}")
    secure("service_message", read=tried, insert=tried)
    secure("service_task", read=of_body, insert=of_body, update=of_body)
    run(f"GRANT UPDATE (closed_at, closed_by) ON service_task TO {SERVER_ROLE}")
    _work()
    _letters()


def _work() -> None:
    run("""
-- The next message that is due, with all that its gateway needs; counts the try, and puts the next one off.
CREATE FUNCTION service_take_v1(p_now timestamptz, p_hold_s double precision) RETURNS json LANGUAGE plpgsql AS $$
DECLARE
  chosen uuid;
BEGIN
  SELECT m.attempt_id INTO chosen FROM service_message m WHERE m.settled_at IS NULL AND m.next_try_at <= p_now
  ORDER BY m.next_try_at, m.attempt_id LIMIT 1 FOR UPDATE SKIP LOCKED;
  IF NOT FOUND THEN
    RETURN NULL;
  END IF;
  UPDATE service_message SET tries = tries + 1, first_tried_at = coalesce(first_tried_at, p_now),
    next_try_at = p_now + make_interval(secs => p_hold_s)
  WHERE attempt_id = chosen;
  RETURN (SELECT json_build_object('attempt', m.attempt_id, 'gateway', m.gateway, 'tries', m.tries,
      'address', CASE m.gateway WHEN 'phone' THEN c.phone ELSE c.email END,
      'code', d.code, 'title', d.title, 'content', d.content, 'body_name', o.body_name, 'body_name_en', o.body_name_en,
      'attachments', (SELECT coalesce(json_agg(json_build_array(a.sha256, a.media_type) ORDER BY u.place), '[]')
        FROM unnest(d.attachments) WITH ORDINALITY AS u (sha256, place) JOIN attachment a ON a.sha256 = u.sha256))
    FROM service_message m
    JOIN service_attempt t ON t.id = m.attempt_id
    JOIN service_consent c ON c.id = t.consent_id
    JOIN document d ON d.id = t.document_id
    JOIN organisation o ON o.id = d.organisation_id
    WHERE m.attempt_id = chosen);
END $$;

-- What became of a try: it arrived, or is given up, which opens a task to serve it on paper; else it is tried again.
CREATE FUNCTION service_note_v1(p_attempt uuid, p_now timestamptz, p_word text, p_trouble text, p_status integer,
  p_next_try_at timestamptz, p_give_up_s double precision)
RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  message record;
BEGIN
  SELECT m.first_tried_at, m.paper_days INTO message FROM service_message m
  WHERE m.attempt_id = p_attempt AND m.settled_at IS NULL FOR UPDATE;
  IF NOT FOUND THEN
    RETURN 'settled';
  ELSIF p_word = 'failed' AND p_now < message.first_tried_at + make_interval(secs => p_give_up_s) THEN
    UPDATE service_message SET next_try_at = p_next_try_at WHERE attempt_id = p_attempt;
    RETURN 'again';
  END IF;
  UPDATE service_message SET settled_at = p_now WHERE attempt_id = p_attempt;
  INSERT INTO service_outcome (attempt_id, outcome, trouble, status, at)
  VALUES (p_attempt, CASE p_word WHEN 'sent' THEN 'delivered' ELSE 'failed' END, p_trouble, p_status, p_now);
  IF p_word <> 'sent' THEN
    INSERT INTO service_task (document_id, organisation_id, failed_attempt_id, opened_at, due_at)
    SELECT d.id, d.organisation_id, t.id, p_now, p_now + make_interval(days => message.paper_days)
    FROM service_attempt t JOIN document d ON d.id = t.document_id WHERE t.id = p_attempt
    ON CONFLICT DO NOTHING;
  END IF;
  RETURN p_word;
END $$;
""")
    for name, arguments in FOR_THE_WORKER.items():
        definer(name, arguments)
        run(f"REVOKE EXECUTE ON FUNCTION {name}({arguments}) FROM {SERVER_ROLE}")
        run(f"GRANT EXECUTE ON FUNCTION {name}({arguments}) TO {WORKER_ROLE}")


def _letters() -> None:
    run("""
-- Every frontage of a day with who answers for it and the liability letter that holds there; for everybody of the
-- district, and of a township its own: also for an officer, who sees of letters only those they had signed.
CREATE FUNCTION letter_standing_v1(p_on date, p_township text, p_street text, p_zone text)
RETURNS TABLE (zone_code text, zone_name text, township_code text, street text, subject_id uuid, subject_code text,
  subject_name text, letter_id uuid, signed_at timestamptz, valid_to date, refused_at timestamptz)
LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_column
DECLARE
  home record;
BEGIN
  SELECT o.kind, o.code INTO home FROM organisation o WHERE o.id = current_organisation();
  IF NOT FOUND THEN
    RETURN;
  END IF;
  RETURN QUERY
  WITH held AS MATERIALIZED (
    SELECT p.zone_code AS zone, s.id, s.code, v.name,
      CASE WHEN s.merged_into IS NULL THEN s.id ELSE subject_root_v1(s.id) END AS root
    FROM subject_place p
    JOIN subject s ON s.id = p.subject_id
    JOIN subject_version v ON v.subject_id = s.id AND v.valid @> p_on
    WHERE p.zone_kind = 'frontage' AND p.valid @> p_on AND (p_zone IS NULL OR p.zone_code = p_zone)),
  served AS MATERIALIZED (
    SELECT c.zone_code AS zone, subject_root_v1(d.subject_id) AS root, d.id, d.valid, t.served_at, o.outcome
    FROM document_zone c
    JOIN document d ON d.id = c.document_id AND d.kind = 'liability_letter'
    JOIN service_attempt t ON t.document_id = d.id
    JOIN service_outcome o ON o.attempt_id = t.id
    WHERE c.zone_kind = 'frontage' AND (p_zone IS NULL OR c.zone_code = p_zone)),
  signed AS MATERIALIZED (
    SELECT DISTINCT ON (e.zone, e.root) e.zone, e.root, e.id, e.valid, e.served_at FROM served e
    WHERE e.outcome = 'delivered' AND e.valid @> p_on ORDER BY e.zone, e.root, e.served_at DESC, e.id),
  refused AS MATERIALIZED (
    SELECT e.zone, e.root, max(e.served_at) AS served_at FROM served e WHERE e.outcome = 'refused' GROUP BY e.zone, e.root)
  SELECT z.code, z.name, z.township_code, coalesce(z.properties ->> 'street', f.street), h.id, h.code, h.name,
    l.id, l.served_at, upper(l.valid), CASE WHEN l.id IS NULL THEN r.served_at END
  FROM zone z
  LEFT JOIN patrol_front f ON f.zone_id = z.id
  LEFT JOIN held h ON h.zone = z.code
  LEFT JOIN signed l ON l.zone = z.code AND l.root = h.root
  LEFT JOIN refused r ON r.zone = z.code AND r.root = h.root
  WHERE z.kind = 'frontage' AND z.valid @> p_on AND (p_township IS NULL OR z.township_code = p_township)
    AND (p_zone IS NULL OR z.code = p_zone)
    AND (p_street IS NULL OR coalesce(z.properties ->> 'street', f.street) = p_street)
    AND (home.kind = 'district' OR z.township_code = home.code);
END $$;
""")
    definer("letter_standing_v1", "date, text, text, text")


def downgrade() -> None:
    run("""
DROP FUNCTION letter_standing_v1(date, text, text, text);
DROP FUNCTION service_note_v1(uuid, timestamptz, text, text, integer, timestamptz, double precision);
DROP FUNCTION service_take_v1(timestamptz, double precision);
DROP TABLE service_task;
DROP TABLE service_message;
DROP TABLE service_outcome;
DROP TABLE service_attempt;
DROP TABLE service_consent_end;
DROP TABLE service_consent;
DROP TABLE document_zone;
DROP TABLE document;
""")
