-- insert_law_card_set --
-- Keep a set of cards.
INSERT INTO law_card_set (name, sample, valid_from, digest, cards, made_at, made_by)
VALUES (CAST(:name AS text), CAST(:sample AS boolean), CAST(:valid_from AS date), CAST(:digest AS text), CAST(:cards AS json),
  CAST(:at AS timestamptz), current_account())
RETURNING id

-- fetch_law_card_set --
-- The set in force on a day.
SELECT s.id, s.name, s.sample, s.valid_from, s.digest, CAST(s.cards AS text) AS cards, s.made_at
FROM law_card_set s
WHERE s.valid_from <= CAST(:on AS date)
ORDER BY s.valid_from DESC, s.id DESC
LIMIT 1

-- list_law_card_sets --
-- Sets without their cards, newest kept first; in force is the one that counts on a day.
SELECT s.id, s.name, s.sample, s.valid_from, s.digest, json_array_length(s.cards) AS card_count, s.made_at,
  account_name_v1(s.made_by) AS made_by,
  s.id IS NOT DISTINCT FROM (SELECT n.id FROM law_card_set n WHERE n.valid_from <= CAST(:on AS date)
    ORDER BY n.valid_from DESC, n.id DESC LIMIT 1) AS in_force
FROM law_card_set s
WHERE CAST(:before AS bigint) IS NULL OR s.id < CAST(:before AS bigint)
ORDER BY s.id DESC
LIMIT CAST(:rows AS integer)

-- fetch_public_card --
-- One card as it is in force on a day, for whoever asks.
SELECT CAST(c.card AS text) AS card, c.sample, c.valid_from FROM law_card_v1(CAST(:code AS text), CAST(:on AS date)) c
