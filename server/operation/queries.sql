-- fetch_operation --
-- How the deployment stands, as the database knows it: one object of counts, ages and names of bodies.
SELECT operation_v1(CAST(:failed_since AS timestamptz), CAST(:heads AS boolean)) AS told
