-- put_positions --
-- The fixes of a batch of one device: its id, or else the name of one of whoever asks.
SELECT p.device_id, p.accepted, p.on_duty, p.newest_at, p.stored, p.in_grace, p.near_at, p.near_lon, p.near_lat,
  p.near_accuracy, p.near_mock
FROM positions_put_v1(
  coalesce(CAST(:device_id AS bigint),
    app_device_v1(CAST(:device_name AS text), CAST(:datum AS text), CAST(:devices_most AS integer))),
  CAST(:received_at AS timestamptz), CAST(:at_us AS bigint[]), CAST(:lon AS double precision[]),
  CAST(:lat AS double precision[]), CAST(:accuracy_m AS real[]), CAST(:speed_mps AS real[]),
  CAST(:bearing_deg AS real[]), CAST(:altitude_m AS real[]), CAST(:battery AS real[]), CAST(:mock AS boolean[]),
  CAST(:datum AS text), CAST(:datums AS text[]), CAST(:sent_lon AS double precision[]),
  CAST(:sent_lat AS double precision[]), CAST(:first_us AS bigint[]), CAST(:last_us AS bigint[]),
  CAST(:rules AS jsonb)) p;
