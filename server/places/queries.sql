-- fetch_match_context --
-- Candidates of one spot and the weights of a category: what a match without a report needs.
SELECT CAST(json_build_object(
  'candidates', (
    SELECT coalesce(json_agg(row_to_json(c)), '[]')
    FROM zone_candidates_v1(CAST(:x AS double precision), CAST(:y AS double precision), CAST(:radius_m AS double precision),
      CAST(:on AS date), CAST(:hint AS text), CAST(:candidates_max AS integer)) c),
  'category', (
    SELECT json_build_object('code', k.code, 'none_weights', k.none_weights)
    FROM category k WHERE k.code = CAST(:category AS text) AND k.valid @> CAST(:on AS date))
) AS text)

-- list_categories --
-- The category list in force on a day, parents before children.
SELECT k.code, k.parent, k.name, k.name_en, k.duty, k.list_id, k.list_version, k.sample
FROM category k
WHERE k.valid @> CAST(:on AS date)
ORDER BY k.parent NULLS FIRST, k.code
