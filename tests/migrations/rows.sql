-- One row or more in every table, as the owner; made-up content that satisfies every constraint.
INSERT INTO organisation (id, code, kind, name, body_name, body_name_en)
VALUES ('00000000-0000-4000-8000-000000000001', '320612', 'district', '通州区', '区局', 'District bureau');
INSERT INTO organisation (id, code, kind, name, body_name, body_name_en, parent_id)
VALUES ('00000000-0000-4000-8000-000000000002', '320612001', 'township', '金沙街道', '镇街', 'Township bureau',
  '00000000-0000-4000-8000-000000000001');
INSERT INTO account (id, username, display_name, role, organisation_id, password_hash)
VALUES ('00000000-0000-4000-8000-000000000003', 'officer', '队员', 'officer', '00000000-0000-4000-8000-000000000001', 'none');
INSERT INTO session (id, account_id, refresh_jti, expires_at)
VALUES (gen_random_uuid(), '00000000-0000-4000-8000-000000000003', gen_random_uuid(), now() + interval '1 day');
INSERT INTO api_token (id, account_id, name, writes, digest, expires_at)
VALUES (gen_random_uuid(), '00000000-0000-4000-8000-000000000003', 'test', true, decode(repeat('ab', 32), 'hex'),
  now() + interval '1 day');
INSERT INTO login_attempt (attempted_at, username_digest, address, succeeded)
VALUES (now(), '\x00', '192.0.2.1', false);
INSERT INTO zone (kind, code, version, name, township_code, valid, geom, source, sample)
VALUES ('frontage', 'F1', 1, '门前', '320612001', '[2022-09-01,)',
  ST_SetSRID(ST_MakeEnvelope(121.07, 32.07, 121.0701, 32.0701), 4326), 'test', true);
INSERT INTO category (code, name, name_en, list_id, list_version, valid, source, sample)
VALUES ('goods', '占道', 'goods', 'test', '1', '[2022-09-01,)', 'test', true);
INSERT INTO report (id, officer_id, organisation_id, digest, payload, captured_at, received_at, judged_on, place, sent_lon,
  sent_lat, datum, accuracy_m, source, category, zone_codes)
VALUES ('00000000-0000-4000-8000-000000000004', '00000000-0000-4000-8000-000000000003',
  '00000000-0000-4000-8000-000000000001', repeat('a', 64), '{}', now(), now(), '2026-09-01',
  ST_SetSRID(ST_MakePoint(121.07, 32.07), 4326), 121.07, 32.07, 'wgs84', 5, 'device', 'goods', '{F1}');
INSERT INTO report_photo (report_id, sha256, ordinal, role)
VALUES ('00000000-0000-4000-8000-000000000004', repeat('b', 64), 1, 'scene');
INSERT INTO photo (sha256, size_bytes, format, width_px, height_px, exif, first_received_at)
VALUES (repeat('b', 64), 1000, 'jpeg', 64, 48, '{}', now());
INSERT INTO photo_arrival (report_id, sha256, received_at)
VALUES ('00000000-0000-4000-8000-000000000004', repeat('b', 64), now());
INSERT INTO attachment (sha256, media_type, size_bytes, received_at, received_from)
VALUES (repeat('c', 64), 'application/pdf', 1000, now(), '00000000-0000-4000-8000-000000000003');
INSERT INTO attachment_use (sha256, use_kind, use_id, used_by, used_at)
VALUES (repeat('c', 64), 'upload', '00000000-0000-4000-8000-000000000003', '00000000-0000-4000-8000-000000000003', now());
INSERT INTO zone_match (report_id, made_at, algorithm, judged_on, result, routing)
VALUES ('00000000-0000-4000-8000-000000000004', now(), 'test', '2026-09-01', '{}', '{}');
INSERT INTO finding (report_id, code, params, found_at)
VALUES ('00000000-0000-4000-8000-000000000004', 'mock_flag', '{}', now());
SELECT set_config('frontage.account_id', '00000000-0000-4000-8000-000000000003', true);
SELECT case_open_v1('TZ-2026', '00000000-0000-4000-8000-000000000002', '320612001', 'goods',
  ST_SetSRID(ST_MakePoint(121.07, 32.07), 4326), now(), 'test', '{}');
INSERT INTO case_report (case_id, report_id, relation)
SELECT id, '00000000-0000-4000-8000-000000000004', 'opened' FROM case_file;
INSERT INTO case_action (account_id, key, case_id, digest, answer)
SELECT '00000000-0000-4000-8000-000000000003', gen_random_uuid(), id, repeat('a', 64), '{}' FROM case_file;
INSERT INTO report_share (case_id, report_id, organisation_id)
SELECT id, '00000000-0000-4000-8000-000000000004', organisation_id FROM case_file;
INSERT INTO zone_choice (case_id, seq, zone_id, share, algorithm, routing, chosen_by, chosen_at)
SELECT c.id, 1, z.id, 0.4, 'test', '{}', '00000000-0000-4000-8000-000000000003', now()
FROM case_file c, zone z WHERE z.kind = 'frontage' AND z.code = 'F1';
UPDATE case_file SET zone_choice_id = (SELECT id FROM zone_choice);
SELECT job_put_v1('test.task', '{}');
INSERT INTO case_head (case_id, seq, run) SELECT id, 1, 1 FROM case_file;
INSERT INTO zone_edit (id, action, kind, note, valid_from, rematch, account_id, account_name, organisation_id, made_at)
VALUES ('00000000-0000-4000-8000-000000000008', 'draw', 'frontage', 'test', '2026-09-02', false,
  '00000000-0000-4000-8000-000000000003', '队员', '00000000-0000-4000-8000-000000000001', now());
INSERT INTO zone_edit_zone (edit_id, zone_id, part)
SELECT '00000000-0000-4000-8000-000000000008', id, 'after' FROM zone WHERE kind = 'frontage' AND code = 'F1';
INSERT INTO rematch (id, account_id, organisation_id, requested_at, received_from, received_to, state)
VALUES ('00000000-0000-4000-8000-000000000009', '00000000-0000-4000-8000-000000000003',
  '00000000-0000-4000-8000-000000000001', now(), now() - interval '1 day', now(), 'listed');
INSERT INTO rematch_report (rematch_id, report_id, before_match, changes, result, state)
SELECT '00000000-0000-4000-8000-000000000009', report_id, id, '[]', '{}', 'listed' FROM zone_match;
INSERT INTO routing_rule_set (name, source, sample, digest, rules, created_at)
VALUES ('test', 'test', true, repeat('c', 64), '[]', now());
INSERT INTO zone_import (id, kind, file_name, sha256, size_bytes, options, summary)
VALUES ('00000000-0000-4000-8000-000000000007', 'frontage', 'strips.zip', repeat('c', 64), 9, '{}', '{}');
INSERT INTO zone_import_piece (import_id, ordinal, bytes) VALUES ('00000000-0000-4000-8000-000000000007', 0, 'made up');
INSERT INTO zone_import_zone (import_id, number, name, properties, refused)
VALUES ('00000000-0000-4000-8000-000000000007', 1, '门前', '{}', true);
INSERT INTO zone_import_fault (import_id, number, code, severity, params)
VALUES ('00000000-0000-4000-8000-000000000007', 1, 'code_missing', 'error', '{}');
INSERT INTO zone_import_applied (import_id, valid_from, decisions, counts)
VALUES ('00000000-0000-4000-8000-000000000007', '2026-09-01', '{}', '{}');
INSERT INTO street (digest, name, width_m, township_code, valid, geom, source, sample)
VALUES (repeat('d', 64), '新金路', 9, '320612001', '[2022-09-01,)', ST_GeomFromText('LINESTRING(121.07 32.07, 121.08 32.07)', 4326),
  'test', true);
INSERT INTO cell_code_template (template, valid, source, sample)
VALUES ('{township}-G{number:04}', '[2022-09-01,)', 'test', true);
INSERT INTO work_calendar (name, source, sample, digest, years, days, created_at)
VALUES ('test', 'test', true, repeat('c', 64), '{2026}', '{}', now());
INSERT INTO office_hours (organisation_id, valid_from, hours, source, sample, created_at)
VALUES ('00000000-0000-4000-8000-000000000001', '2022-09-01', '1-5 08:30-12:00', 'test', true, now());
INSERT INTO work_schedule (organisation_id, since, digest, content, created_at)
VALUES ('00000000-0000-4000-8000-000000000001', '2022-09-01', repeat('c', 64), '{}', now());
INSERT INTO deadline_table (name, jurisdiction, source, sample, list_id, list_version, digest, rows, created_at)
VALUES ('test', 'test', 'test', true, 'test', '1', repeat('c', 64), '{}', now());
SELECT case_clock_put_v1(id, jsonb_build_array(jsonb_build_object('name', 'handle', 'started_at', now(), 'due_at', now(),
  'yellow_at', now(), 'red_at', now(), 'running_since', now(), 'allowed_us', 0, 'used_us', 0, 'amount', '{}'::jsonb,
  'marks', '{}'::jsonb, 'extended', '[]'::jsonb, 'uncovered', '[]'::jsonb))) FROM case_file;
SELECT clocks_tick_v1(now() + interval '1 day', 10);
INSERT INTO zone_run (id, task, kind, options, files, import_id, account_id, asked_at, state)
VALUES ('00000000-0000-4000-8000-000000000019', 'drawing', 'frontage', '{}', '[]', gen_random_uuid(),
  '00000000-0000-4000-8000-000000000003', now(), 'waiting');
INSERT INTO zone_run_piece (run_id, part, ordinal, bytes)
VALUES ('00000000-0000-4000-8000-000000000019', 'streets', 0, 'made up');
INSERT INTO zone_run_finding (run_id, number, kind, why, ids, size, geometry)
VALUES ('00000000-0000-4000-8000-000000000019', 1, 'gap', 'too_wide', '{}', 5, '{"type": "Point", "coordinates": [121, 32]}');
INSERT INTO stream_ticket (digest, session_id, token_expires_at, expires_at)
SELECT decode(repeat('e', 64), 'hex'), id, now() + interval '15 minutes', now() + interval '30 seconds' FROM session;
INSERT INTO complaint (id, case_id, relation, because, channel, made_at, recorded_at, taken_by, organisation_id, matter, place,
  sent_lon, sent_lat, datum, accuracy_m, judged_on, zone_codes, match, routing, callback_wished, commitment)
SELECT '00000000-0000-4000-8000-000000000017', id, 'attached', '[]', 'web', now(), now(),
  '00000000-0000-4000-8000-000000000003', '00000000-0000-4000-8000-000000000001', '堆物',
  ST_SetSRID(ST_MakePoint(121.07, 32.07), 4326), 121.07, 32.07, 'wgs84', 5, '2026-09-01', '{F1}', '{}', '{}', true, repeat('f', 64)
FROM case_file;
INSERT INTO complaint_person (complaint_id, salt, payload)
VALUES ('00000000-0000-4000-8000-000000000017', repeat('f', 64), '{}');
INSERT INTO complaint_access (complaint_id, account_id, looked_at, why)
VALUES ('00000000-0000-4000-8000-000000000017', '00000000-0000-4000-8000-000000000003', now(), 'callback');
INSERT INTO complaint_callback (complaint_id, account_id, called_at, reached, satisfaction)
VALUES ('00000000-0000-4000-8000-000000000017', '00000000-0000-4000-8000-000000000003', now(), true, 5);
INSERT INTO photo_likeness (sha256, bits) VALUES (repeat('b', 64), CAST(repeat('01', 64) AS bit(128)));
INSERT INTO position_look (looked_by, account_id, case_id, why, looked_at)
SELECT '00000000-0000-4000-8000-000000000003', '00000000-0000-4000-8000-000000000003', id, 'case_suggestion', now() FROM case_file;
INSERT INTO indicator_set (name, source, sample, valid_from, digest, indicators, created_at)
VALUES ('test', 'test', true, '2022-09-01', repeat('c', 64), '[]', now());
INSERT INTO recheck (id, seed, from_day, to_day, population, drawn, drawn_at, drawn_by)
VALUES ('00000000-0000-4000-8000-000000000018', 'test seed', '2022-09-01', '2022-09-30', '{}', '{}', now(),
  '00000000-0000-4000-8000-000000000003');
INSERT INTO recheck_result (recheck_id, case_id, passed, note, checked_at, checked_by)
SELECT '00000000-0000-4000-8000-000000000018', id, true, '', now(), '00000000-0000-4000-8000-000000000003' FROM case_file;
INSERT INTO recheck_assignment (recheck_id, case_id, account_id, given_at, given_by)
SELECT recheck_id, case_id, checked_by, now(), checked_by FROM recheck_result;
INSERT INTO notice_channel (id, organisation_id, kind, name, shown, sealed, events)
VALUES ('00000000-0000-4000-8000-000000000019', '00000000-0000-4000-8000-000000000002', 'webhook', 'test',
  'https://receiver.test/…', 'sealed', '{case.*}');
INSERT INTO notice_delivery (outbox_id, channel_id, organisation_id, next_try_at)
SELECT id, '00000000-0000-4000-8000-000000000019', organisation_id, now() FROM outbox LIMIT 1;
INSERT INTO team (organisation_id, name, sample) VALUES ('00000000-0000-4000-8000-000000000001', '一队', true);
INSERT INTO team_member (team_id, account_id, valid)
SELECT id, '00000000-0000-4000-8000-000000000003', '[2022-09-01,)' FROM team;
INSERT INTO duty_area (organisation_id, code, name, made_of, geom, made_at)
VALUES ('00000000-0000-4000-8000-000000000001', 'A1', '片区', '{}',
  ST_Multi(ST_SetSRID(ST_MakeEnvelope(121.07, 32.07, 121.08, 32.08), 4326)), now());
INSERT INTO roster (organisation_id, name, source, sample, digest, days, made_at)
VALUES ('00000000-0000-4000-8000-000000000001', 'test', 'test', true, repeat('c', 64), '[2026-09-01,2026-09-08)', now());
INSERT INTO roster_entry (roster_id, organisation_id, account_id, team_id, duty_area_id, on_from, on_to)
SELECT r.id, r.organisation_id, '00000000-0000-4000-8000-000000000003', t.id, a.id, '2026-09-01 00:00+00', '2026-09-01 08:00+00'
FROM roster r, team t, duty_area a;
INSERT INTO shift (id, account_id, organisation_id, outside_roster, started_at, start_received_at, limit_at)
VALUES ('00000000-0000-4000-8000-000000000022', '00000000-0000-4000-8000-000000000003',
  '00000000-0000-4000-8000-000000000001', true, now(), now(), now() + interval '12 hours');
INSERT INTO shift_end (shift_id, ended_by, account_id, ended_at, received_at)
SELECT id, 'officer', account_id, now(), now() FROM shift;
INSERT INTO law_card_set (name, sample, valid_from, digest, cards, made_at)
VALUES ('test', true, '2026-09-01', repeat('c', 64), '[{"code": "fruit"}]', now());
INSERT INTO visit_mark (id, account_id, organisation_id, shift_id, zone_id, kind, at, received_at, law_card_set_id, law_card)
SELECT gen_random_uuid(), s.account_id, s.organisation_id, s.id, z.id, 'service', now(), now(), c.id, 'fruit'
FROM shift s, zone z, law_card_set c WHERE z.code = 'F1';
INSERT INTO device (account_id, kind, name, datum) VALUES ('00000000-0000-4000-8000-000000000003', 'app', 'test', 'wgs84');
INSERT INTO position_fix (device_id, recorded_at, account_id, shift_id, received_at, lon, lat, mock, on_duty, datum, sent_lon,
  sent_lat)
SELECT id, t, account_id, gen_random_uuid(), now(), 121.07, 32.07, false, true, datum, 121.07, 32.07
FROM device, unnest(ARRAY[now(), timestamptz '1970-01-01 00:00+00']) t;
INSERT INTO fix_arrival (device_id, account_id, recorded, arrived_at) SELECT id, account_id, ARRAY[now()], now() FROM device;
INSERT INTO device_token (digest, device_id, issued_by, issued_at, expires_at)
SELECT sha256('test'), id, account_id, now(), now() + interval '15 minutes' FROM device;
INSERT INTO officer_position (account_id, device_id, lon, lat, recorded_at, received_at)
SELECT account_id, id, 121.07, 32.07, now(), now() FROM device;
SELECT sos_raise_v1('00000000-0000-4000-8000-000000000025', repeat('a', 64), now(), now(), '2026-09-01', NULL, NULL, NULL, NULL, NULL);
SELECT assist_put_v1('00000000-0000-4000-8000-000000000025', jsonb_build_object('digest', repeat('a', 64), 'happened_at', now(),
  'received_at', now(), 'on', '2026-09-01', 'lon', 121.07, 'lat', 32.07, 'sent_lon', 121.07, 'sent_lat', 32.07, 'datum', 'wgs84',
  'what', '中暑老人', 'people_helped', 1, 'outcome', 'resolved', 'reports', '{}'::text[]));
SELECT day_partitions_v1('sighting', current_date, current_date);
INSERT INTO patrol_front (zone_id, kind, code, version, township_code, length_m, cells, axis)
SELECT id, kind, code, version, township_code, 1.5, 2, ST_GeomFromText('LINESTRING(0 0, 1.5 0)', metric_srid()) FROM zone WHERE code = 'F1';
INSERT INTO sighting (device_id, zone_id, slot_at, account_id, first_at, last_at, certain, probable)
SELECT d.id, f.zone_id, t, d.account_id, t, t, B'10', B'11'
FROM device d, patrol_front f, unnest(ARRAY[now(), timestamptz '1970-01-01 00:00+00']) t;
INSERT INTO zone_mark (account_id, zone_id, at, kind) SELECT account_id, zone_id, at, kind FROM visit_mark;
INSERT INTO visit (account_id, zone_id, day, from_at, to_at, kind, certain, certain_m, probable_m)
SELECT account_id, zone_id, '2026-09-01', now(), now(), 'service', true, 0, 0 FROM visit_mark;
INSERT INTO coverage_day (day, zone_id, certain, probable, certain_m, probable_m, visits, officers, first_at, last_at)
SELECT '2026-09-01', zone_id, B'10', B'11', 0.75, 1.5, 1, 1, now(), now() FROM patrol_front;
INSERT INTO coverage_week (week, zone_id, certain, probable, certain_m, probable_m, visits, officers, first_at, last_at)
SELECT '2026-08-31', zone_id, B'10', B'11', 0.75, 1.5, 1, 1, now(), now() FROM patrol_front;
INSERT INTO coverage_rebuild (id, from_day, to_day, account_id, asked_at, state)
VALUES ('00000000-0000-4000-8000-000000000026', '2026-09-01', '2026-09-02', '00000000-0000-4000-8000-000000000003', now(), 'waiting');
INSERT INTO campaign (id, kind, from_day, selection, checklist, made_at, made_by)
VALUES ('00000000-0000-4000-8000-000000000029', 'frontage', '2026-09-01', '{}', '[]', now(), '00000000-0000-4000-8000-000000000003');
INSERT INTO campaign_terms (campaign_id, version, name, note, to_day, target_visits, decided_at, decided_by)
SELECT id, 1, '四类行业', '', '2026-09-30', 2, now(), made_by FROM campaign;
INSERT INTO campaign_zone (campaign_id, code, township_code) SELECT id, 'F1', '320612001' FROM campaign;
INSERT INTO campaign_result (id, campaign_id, zone_code, account_id, organisation_id, looked_at, received_at, digest, items, note)
SELECT '00000000-0000-4000-8000-000000000129', id, 'F1', made_by, '00000000-0000-4000-8000-000000000001', now(), now(),
  repeat('a', 64), '[{"item": "goods", "ok": false}]', '' FROM campaign;
INSERT INTO campaign_result_report (result_id, report_id, role)
SELECT '00000000-0000-4000-8000-000000000129', '00000000-0000-4000-8000-000000000004', 'baseline';
INSERT INTO patrol_round (id, account_id, organisation_id, day, sent_by, sent_at, digest, told)
VALUES ('00000000-0000-4000-8000-000000000033', '00000000-0000-4000-8000-000000000003', '00000000-0000-4000-8000-000000000001',
  '2026-09-01', '00000000-0000-4000-8000-000000000003', now(), repeat('a', 64), '{"streets": [{"street": null, "zones": ["F1"]}]}');
INSERT INTO legal_hold (id, from_at, reason, set_by, set_at)
VALUES ('00000000-0000-4000-8000-000000000028', '2022-09-01', '复议', '00000000-0000-4000-8000-000000000003', now());
INSERT INTO legal_hold_end (hold_id, reason, lifted_by, lifted_at)
VALUES ('00000000-0000-4000-8000-000000000028', '已结', '00000000-0000-4000-8000-000000000003', now());
INSERT INTO track_day (day, coarsened_at) VALUES ('2022-09-01', now());
INSERT INTO shift_figures (shift_id, figures, worked_out_at, final) SELECT id, '{}', now(), true FROM shift;
INSERT INTO deletion_report (at, what, rule, before_at, after_days, rows, left_rows, held_rows, digest)
VALUES (now(), 'track', 'coarsen', now(), 30, 1, 1, 0, repeat('a', 64));
INSERT INTO standing_day VALUES (true, (SELECT max(day) FROM visit));
INSERT INTO patrol_plan_set (name, source, sample, digest, plans, time_zone, created_at)
VALUES ('test', 'test', true, repeat('d', 64), '[{"code": "P1", "terms": "t", "visits": 1, "per": "day", "probable": true,
  "visit_kinds": ["patrol", "inspection", "service"], "share_min": 0}]', 'Asia/Shanghai', now());
UPDATE patrol_plan_set SET version = 1, valid = daterange((SELECT min(day) FROM visit), NULL), activated_at = now();
INSERT INTO plan_met (kind, code, since, period, looks, met_on)
SELECT r.kind, r.code, r.since, r.since, 1, r.since FROM plan_run r ON CONFLICT DO NOTHING;
INSERT INTO category_list (name, source, sample, list_id, list_version, digest, categories, created_at)
VALUES ('test', 'test', true, 'test', '2', repeat('c', 64), '[]', now());
INSERT INTO rulebook (kind, name, source, sample, digest, rows, created_at, version, valid, activated_at)
VALUES ('legal_texts', 'test', 'test', true, repeat('a', 64), '[{"code": "A1"}]', now(), 1, '[2022-09-01,)', now());
INSERT INTO subject (id, township_code, sample, created_at)
VALUES ('00000000-0000-4000-8000-000000000045', '320612001', true, now());
INSERT INTO subject_version (subject_id, valid, name, kind, recorded_at) SELECT id, '[2022-09-01,)', '商户', 'shop', now() FROM subject;
INSERT INTO subject_place (subject_id, zone_kind, zone_code, valid, recorded_at)
SELECT id, 'frontage', 'F1', '[2022-09-01,)', now() FROM subject;
INSERT INTO subject_person (subject_id, rank, name, capacity, valid, recorded_at)
SELECT id, 1, '经营者', '', '[2022-09-01,)', now() FROM subject;
INSERT INTO subject_phone (person_id, phone) SELECT id, '000' FROM subject_person;
INSERT INTO subject_change (subject_id, action, reason, told, at) SELECT id, 'registered', 'test', '{}', now() FROM subject;
INSERT INTO document (id, kind, title, organisation_id, subject_id, content, attachments, digest, made_at, made_by)
SELECT '00000000-0000-4000-8000-000000000046', 'liability_letter', '责任书', '00000000-0000-4000-8000-000000000002', id, '{}', '{}',
  repeat('a', 64), now(), '00000000-0000-4000-8000-000000000003' FROM subject;
INSERT INTO document_zone (document_id, zone_kind, zone_code) SELECT id, 'frontage', 'F1' FROM document;
INSERT INTO service_consent (id, subject_id, organisation_id, signer, email, form, valid, digest, recorded_at, recorded_by)
SELECT id, subject_id, organisation_id, '签署人', 'a@example.org', repeat('c', 64), '[2022-09-01,)', digest, now(), made_by FROM document;
INSERT INTO service_consent_end (consent_id, reason, at, by) SELECT id, '撤回', now(), recorded_by FROM service_consent;
INSERT INTO service_attempt (id, document_id, how, rulebook_id, electronic, consent_id, served_at, note, digest, recorded_at,
  recorded_by)
SELECT d.id, d.id, 'email', r.id, true, d.id, now(), '', d.digest, now(), d.made_by FROM document d, rulebook r;
INSERT INTO service_outcome (attempt_id, outcome, at) SELECT id, 'failed', now() FROM service_attempt;
INSERT INTO service_message (attempt_id, gateway, paper_days, next_try_at) SELECT id, 'email', 3, now() FROM service_attempt;
INSERT INTO service_task (document_id, organisation_id, failed_attempt_id, opened_at, due_at)
SELECT id, organisation_id, id, now(), now() FROM document;
INSERT INTO legal_matter (id, kind, reference, case_id, organisation_id, source, digest, created_at, created_by)
SELECT '00000000-0000-4000-8000-000000000051', 'lawsuit', '行初1号', id, organisation_id, '', repeat('a', 64), now(),
  '00000000-0000-4000-8000-000000000003' FROM case_file;
INSERT INTO legal_entry (id, matter_id, seq, kind, on_day, note, digest, recorded_at, recorded_by)
SELECT id, id, 1, 'accepted', '2026-09-01', '', repeat('a', 64), now(), created_by FROM legal_matter;
INSERT INTO legal_clock (matter_id, code, rulebook_id, entry_id, ends, due_on, warn_on)
SELECT e.id, 'A1', r.id, e.id, '{ended}', '2026-09-16', '2026-09-11' FROM legal_entry e, rulebook r;
INSERT INTO term_warning (practice, thing, code, due_on, mark, told_at)
SELECT 'litigation', matter_id, code, due_on, 'soon', now() FROM legal_clock;
INSERT INTO form_record (id, form, rulebook_id, account_id, organisation_id, at, day, received_at, digest, about_kind, about_code,
  township_code, answers, heads, sees, hot_spot)
SELECT gen_random_uuid(), 'test', id, '00000000-0000-4000-8000-000000000003', '00000000-0000-4000-8000-000000000001', now(),
  '2026-09-01', now(), repeat('a', 64), 'township', '320612001', '320612001', '{}', '{}', 'body', false FROM rulebook LIMIT 1;
INSERT INTO report_duty (report_id, rulebook_id, duty, items, told)
SELECT '00000000-0000-4000-8000-000000000004', min(id), 'order', '{A1}', false FROM rulebook;
INSERT INTO certificate (account_id, organisation_id, kind, number, valid, created_at)
VALUES ('00000000-0000-4000-8000-000000000003', '00000000-0000-4000-8000-000000000001', 'enforcement', 'C-1',
  '[2026-01-01,2027-01-01)', now());
INSERT INTO proceeding (id, number, case_id, party_kind, party_name, organisation_id, officer_id, procedure, item, items_id, state,
  version, clocks, opened_at)
SELECT '00000000-0000-4000-8000-000000000050', c.number || '-E1', c.id, 'unit', '某店', c.organisation_id,
  '00000000-0000-4000-8000-000000000003', 'ordinary', 'litter', (SELECT min(id) FROM rulebook), 'decided', 1, '[]', now()
FROM case_file c LIMIT 1;
INSERT INTO proceeding_step (proceeding_id, nth, step, means, state, at, account_id, officers, said, ledger_seq)
VALUES ('00000000-0000-4000-8000-000000000050', 1, 'file', 'enforcement', 'filed', now(),
  '00000000-0000-4000-8000-000000000003', '[]', '{}', 1);
INSERT INTO decision (id, proceeding_id, outcome, item, items_id, amount_yuan, waived_yuan, decided_at, decided_by)
SELECT '00000000-0000-4000-8000-000000000053', '00000000-0000-4000-8000-000000000050', 'penalty', 'litter', min(id), 200, 0, now(),
  '00000000-0000-4000-8000-000000000003' FROM rulebook;
INSERT INTO score_head (subject_id, seq, head) SELECT id, 1, repeat('a', 64) FROM subject;
INSERT INTO score_entry (subject_id, seq, recorded_at, action, body, prev_hash, hash)
SELECT id, 1, now(), 'rating.opened', '{"base":100}', '', repeat('a', 64) FROM subject;
INSERT INTO score_entry (subject_id, seq, recorded_at, action, body, case_id, prev_hash, hash)
SELECT s.id, n, now(), e.action, e.body, c.id, repeat('a', 64), repeat('a', 64)
FROM (SELECT id FROM subject LIMIT 1) s, (SELECT id FROM case_file LIMIT 1) c, (VALUES (2, 'rating.minus', '{"reworks":0}'),
  (3, 'rating.reopened', '{"reworks":1}'), (4, 'rating.minus', '{"reworks":1}')) AS e (n, action, body);
INSERT INTO score_due (case_id, closed_at) SELECT id, now() FROM case_file;
INSERT INTO rating_list (id, on_day, rules_id, through, merged, content, digest, made_at, made_by)
SELECT '00000000-0000-4000-8000-000000000048', '2026-09-01', id, 1, '{}', '{}', repeat('a', 64), now(),
  '00000000-0000-4000-8000-000000000003' FROM rulebook;
INSERT INTO rating_entry (list_id, subject_id, colour, score, name)
SELECT l.id, s.id, 'black', '80', '商户' FROM rating_list l, subject s;
INSERT INTO rating_list_step (list_id, action, at, by) SELECT id, 'published', now(), made_by FROM rating_list;
INSERT INTO rating_appeal (id, list_id, subject_id, contested, grounds, made_at, made_by)
SELECT e.list_id, e.list_id, e.subject_id, '[1]', 'test', now(), '00000000-0000-4000-8000-000000000003' FROM rating_entry e;
INSERT INTO rating_appeal_decision (appeal_id, upheld, reason, decided_at, decided_by)
SELECT id, true, 'test', now(), made_by FROM rating_appeal;
INSERT INTO rating_correction (appeal_id, list_id, subject_id, score, at)
SELECT id, list_id, subject_id, '100', now() FROM rating_appeal;
INSERT INTO leniency_decision (id, case_id, subject_id, item, rulebook_id, list_code, branch, happened_on, facts, conditions,
  amount_yuan, waived_yuan, reason, education, educated_on, digest, organisation_id, decided_on, decided_at, decided_by)
SELECT '00000000-0000-4000-8000-000000000049', c.id, s.id, c.category, r.id, 'A1', 'shall_not_punish', '2026-09-01', '[]', '[]',
  100, 100, 'test', 'test', '2026-09-01', repeat('a', 64), c.organisation_id, '2026-09-01', now(), c.reporter_id
FROM case_file c, subject s, rulebook r;
INSERT INTO publication (id, decision_id, organisation_id, rulebook_id, outcome, township_code, decided_on, due_on, text, text_en,
  drafted_at, drafted_by)
SELECT '00000000-0000-4000-8000-000000000052', '00000000-0000-4000-8000-000000000053', '00000000-0000-4000-8000-000000000002', id, 'penalty',
  '320612001', '2026-09-01', '2026-09-08', '公示', 'made public', now(), '00000000-0000-4000-8000-000000000003'
FROM rulebook LIMIT 1;
INSERT INTO publication_photo (id, publication_id, sha256, chosen, regions, confirmed_at, confirmed_by)
SELECT id, id, repeat('b', 64), true, '[]', now(), drafted_by FROM publication;
INSERT INTO scorecard_run (rulebook_id, code, from_day, to_day, inputs, result, digest, made_at, made_by)
SELECT id, 'A1', '2026-09-01', '2026-09-30', '{}', '[]', repeat('a', 64), now(), '00000000-0000-4000-8000-000000000003'
FROM rulebook;
