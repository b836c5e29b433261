"""Law cards by trade: sets that only gain neighbours, and which card was handed over on a door visit."""

from migrations.sql import append_only, definer, run, secure

revision = "0032"
down_revision = "0031"


def upgrade() -> None:
    run("""
CREATE TABLE law_card_set (
  id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT law_card_set_pkey PRIMARY KEY,
  name text NOT NULL,
  sample boolean NOT NULL,
  valid_from date NOT NULL,
  digest text NOT NULL CONSTRAINT law_card_set_digest_form CHECK (digest ~ '^[0-9a-f]{64}$'),
  cards json NOT NULL,
  made_at timestamptz NOT NULL,
  made_by uuid CONSTRAINT law_card_set_made_by_fkey REFERENCES account (id)
);
CREATE INDEX law_card_set_in_force ON law_card_set (valid_from DESC, id DESC);
COMMENT ON TABLE law_card_set IS
  'on a day the set counts that begins last by then; of two from one day the one kept later';
COMMENT ON COLUMN law_card_set.cards IS 'JSON with sorted members; its SHA-256 is digest';

ALTER TABLE visit_mark
  ADD COLUMN law_card_set_id bigint CONSTRAINT visit_mark_law_card_set_id_fkey REFERENCES law_card_set (id),
  ADD COLUMN law_card text,
  ADD CONSTRAINT visit_mark_law_card_whole CHECK (
    (law_card IS NULL) = (law_card_set_id IS NULL) AND (law_card IS NULL OR kind = 'service'));
COMMENT ON COLUMN visit_mark.law_card IS 'code of the card handed over, as it read in law_card_set_id';
""")
    append_only(("law_card_set",))
    secure(
        "law_card_set",
        read="current_account() IS NOT NULL",
        insert="current_scope() = 'district' AND asks_as('zone_manager', 'admin') AND made_by = current_account()",
    )
    run("""
-- One card as it is in force on a day, for anybody at all: the cards of a bureau are there to be read.
CREATE FUNCTION law_card_v1(p_code text, p_day date)
RETURNS TABLE (card json, sample boolean, valid_from date) LANGUAGE sql STABLE AS $$
  SELECT c.card, s.sample, s.valid_from
  FROM (SELECT * FROM law_card_set s WHERE s.valid_from <= p_day ORDER BY s.valid_from DESC, s.id DESC LIMIT 1) s
  CROSS JOIN LATERAL json_array_elements(s.cards) AS c (card)
  WHERE c.card ->> 'code' = p_code
$$;
""")
    definer("law_card_v1", "text, date")
    _marks_with_a_card()


def _marks_with_a_card() -> None:
    run("""
-- Keeps that a place was inspected or served. p_said: zone_kind, zone, kind, at, claimed, note, card_set and card.
-- p_day: local day of `at`.
-- Says: new, same (told before), taken (the id is another mark's), zone (no such zone that day), card (no such card).
CREATE OR REPLACE FUNCTION visit_mark_put_v1(p_mark uuid, p_said jsonb, p_received timestamptz, p_day date)
RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  told record;
  v_at timestamptz := CAST(p_said ->> 'at' AS timestamptz);
  v_set bigint := CAST(p_said ->> 'card_set' AS bigint);
  v_card text := p_said ->> 'card';
  v_zone bigint;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('visit_mark'), hashtext(p_mark::text));
  SELECT m.account_id, m.kind, m.at, m.note, m.law_card_set_id, m.law_card, z.kind AS zone_kind, z.code INTO told
  FROM visit_mark m JOIN zone z ON z.id = m.zone_id WHERE m.id = p_mark;
  IF FOUND THEN
    RETURN CASE WHEN told.account_id = current_account()
      AND (told.kind, told.note, told.zone_kind, told.code, told.law_card_set_id, told.law_card)
        IS NOT DISTINCT FROM
        (p_said ->> 'kind', p_said ->> 'note', p_said ->> 'zone_kind', p_said ->> 'zone', v_set, v_card)
      AND (told.at = v_at OR NOT CAST(p_said ->> 'claimed' AS boolean)) THEN 'same' ELSE 'taken' END;
  END IF;
  SELECT z.id INTO v_zone FROM zone z
  WHERE z.kind = p_said ->> 'zone_kind' AND z.code = p_said ->> 'zone' AND z.valid @> p_day;
  IF NOT FOUND THEN
    RETURN 'zone';
  END IF;
  IF v_card IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM law_card_set s CROSS JOIN LATERAL json_array_elements(s.cards) AS c (card)
    WHERE s.id = v_set AND c.card ->> 'code' = v_card) THEN
    RETURN 'card';
  END IF;
  INSERT INTO visit_mark
    (id, account_id, organisation_id, shift_id, zone_id, kind, at, note, received_at, law_card_set_id, law_card)
  SELECT p_mark, current_account(), current_organisation(),
    (SELECT s.shift_id FROM shift_spans_v1(current_account(), v_at, v_at) s ORDER BY s.starts DESC LIMIT 1),
    v_zone, p_said ->> 'kind', v_at, p_said ->> 'note', p_received, v_set, v_card;
  RETURN 'new';
END $$;
""")
    _keep_rights()


def _keep_rights() -> None:
    # Replacing a function sets back with whose rights it runs.
    definer("visit_mark_put_v1", "uuid, jsonb, timestamptz, date")


def downgrade() -> None:
    run("""
CREATE OR REPLACE FUNCTION visit_mark_put_v1(p_mark uuid, p_said jsonb, p_received timestamptz, p_day date)
RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  told record;
  v_at timestamptz := CAST(p_said ->> 'at' AS timestamptz);
  v_zone bigint;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('visit_mark'), hashtext(p_mark::text));
  SELECT m.account_id, m.kind, m.at, m.note, z.kind AS zone_kind, z.code INTO told
  FROM visit_mark m JOIN zone z ON z.id = m.zone_id WHERE m.id = p_mark;
  IF FOUND THEN
    RETURN CASE WHEN told.account_id = current_account()
      AND (told.kind, told.note, told.zone_kind, told.code)
        IS NOT DISTINCT FROM (p_said ->> 'kind', p_said ->> 'note', p_said ->> 'zone_kind', p_said ->> 'zone')
      AND (told.at = v_at OR NOT CAST(p_said ->> 'claimed' AS boolean)) THEN 'same' ELSE 'taken' END;
  END IF;
  SELECT z.id INTO v_zone FROM zone z
  WHERE z.kind = p_said ->> 'zone_kind' AND z.code = p_said ->> 'zone' AND z.valid @> p_day;
  IF NOT FOUND THEN
    RETURN 'zone';
  END IF;
  INSERT INTO visit_mark (id, account_id, organisation_id, shift_id, zone_id, kind, at, note, received_at)
  SELECT p_mark, current_account(), current_organisation(),
    (SELECT s.shift_id FROM shift_spans_v1(current_account(), v_at, v_at) s ORDER BY s.starts DESC LIMIT 1),
    v_zone, p_said ->> 'kind', v_at, p_said ->> 'note', p_received;
  RETURN 'new';
END $$;
""")
    _keep_rights()
    run("""
DROP FUNCTION law_card_v1(text, date);
ALTER TABLE visit_mark DROP COLUMN law_card, DROP COLUMN law_card_set_id;
DROP TABLE law_card_set;
""")
