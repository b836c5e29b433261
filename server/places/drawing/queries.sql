-- list_chosen_streets --
-- Street lines of some names on a day that reach into a rectangle of degrees; one more than allowed tells of too many.
SELECT s.name, s.street_kind, s.width_m, ST_AsGeoJSON(s.geom, 15) AS geometry
FROM street s
WHERE s.valid @> CAST(:on AS date) AND s.name = ANY (CAST(:names AS text[]))
  AND ST_Intersects(s.geom, ST_MakeEnvelope(CAST(:west AS double precision), CAST(:south AS double precision),
    CAST(:east AS double precision), CAST(:north AS double precision), 4326))
ORDER BY s.digest
LIMIT CAST(:rows AS integer)

-- cancel_drawing --
-- Cancels a drawing that has not ended; whether it did.
SELECT zone_run_cancel_v1(CAST(:id AS uuid), CAST(:at AS timestamptz)) AS cancelled
