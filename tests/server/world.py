"""Two townships with a zone, an officer, a report with a photo and a case each, for tests of the whole surface."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID, uuid4

from flask.testing import FlaskClient
from sqlalchemy import Engine, text

from server.cases import clocks
from server.cases.clocks import Amount, Unit
from server.cases.deadlines.reading import schedule_of
from tests import factories
from tests.factories import CORNER, JINSHA, JINXIN
from tests.server.cases.times import set_hours

ELSEWHERE = (CORNER[0] + 0.08, CORNER[1])
CATEGORY = "goods_on_pavement"
SignIn = Callable[..., dict[str, str]]


@dataclass(frozen=True)
class Place:
    """One township and what happened in it."""

    township: str
    frontage: str
    officer: str
    at: tuple[float, float]
    report_id: UUID
    sha256: str
    case_number: str
    edit_id: UUID
    rematch_id: UUID
    complaint_id: UUID
    channel_id: UUID
    delivery_id: int


def make_place(owner: Engine, client: FlaskClient, sign_in: SignIn, township: str) -> Place:
    """A township with a frontage, and one report from before it, sent through the API with its photo."""
    at = CORNER if township == JINSHA else ELSEWHERE
    factories.make_zone(owner, kind="township", township=township, at=at, width_m=3000, depth_m=3000)
    frontage = factories.make_zone(owner, at=at, township=township, width_m=12, depth_m=6)
    officer = factories.make_account(owner, role="officer", organisation=township).username
    channel_id = _subscribe(owner, township)
    report_id, photo = uuid4(), factories.photo_bytes(seed=int(township))
    report = factories.report_json(
        at=at, photos=[photo], accuracy_m=3.0, note="门前堆物", position={"mock": True}
    )
    answer = send_report(client, sign_in(officer), report_id, report, photo)
    assert answer.status_code == 201, answer.text
    receipt = answer.json
    assert receipt["township"]["code"] == township
    _run_clock(owner, receipt["case"]["number"])
    _file_record(owner, report_id, township)
    _choose(owner, receipt["case"]["number"], frontage)
    return Place(
        township,
        frontage,
        officer,
        at,
        report_id,
        report["photos"][0]["sha256"],
        receipt["case"]["number"],
        _draw_site(client, sign_in("zone_manager", organisation=township), township, at),
        _order_rematch(owner, report_id, township),
        _keep_complaint(owner, report_id, township),
        channel_id,
        _delivery_of(owner, channel_id),
    )


def _subscribe(owner: Engine, township: str) -> UUID:
    """A channel of the township's own that hears of new cases; returns its id."""
    with owner.begin() as connection:
        made = connection.execute(
            text(
                "INSERT INTO notice_channel (organisation_id, kind, name, shown, sealed, events) "
                "SELECT id, 'webhook', 'test', 'https://receiver.test/…', 'sealed', '{case.opened}' "
                "FROM organisation WHERE code = :township RETURNING id"
            ),
            {"township": township},
        )
        return UUID(str(made.scalar_one()))


def _delivery_of(owner: Engine, channel_id: UUID) -> int:
    with owner.connect() as connection:
        found = connection.execute(
            text("SELECT id FROM notice_delivery WHERE channel_id = :channel"), {"channel": channel_id}
        )
        return int(found.scalar_one())


def _draw_site(client: FlaskClient, headers: dict[str, str], township: str, at: tuple[float, float]) -> UUID:
    """An edit of the township's own, of a site that no report lies in; returns the id of the edit."""
    ring = [[at[0] + east, at[1] + north] for east, north in ((0, 0), (1e-4, 0), (1e-4, 1e-4), (0, 0))]
    site = {
        "code": f"S-{township}",
        "name": "工地",
        "township": township,
        "geometry": {"type": "Polygon", "coordinates": [ring]},
        "note": "新开工",
    }
    answer = client.post("/api/v1/zones/site", json=site, headers=headers)
    assert answer.status_code == 201, answer.text
    return UUID(answer.get_json()["id"])


def _write_off(owner: Engine, case_number: str) -> None:
    """As if the head of the case had been written off the database; the file of it is nowhere."""
    with owner.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO case_head (case_id, seq, run) SELECT id, 1, 1 FROM case_file WHERE number = :number"
            ),
            {"number": case_number},
        )


def _run_clock(owner: Engine, case_number: str) -> None:
    """A clock of the case that has turned yellow, as if it had been begun with the report."""
    with owner.begin() as connection:
        row = connection.execute(
            text("SELECT id, digest, content FROM work_schedule ORDER BY id DESC LIMIT 1")
        ).mappings()
        schedule = schedule_of(dict(row.one()))
        clock = clocks.begin("handle", Amount(4, Unit.HOUR), factories.NOW, schedule).to_json()
        values = {"number": case_number, "clocks": json.dumps([clock])}
        for statement in (
            "SELECT case_clock_put_v1(id, CAST(:clocks AS jsonb)) FROM case_file WHERE number = :number",
            "INSERT INTO case_mark (case_id, name, round, mark, reached_at, marked_at) "
            "SELECT c.id, 'handle', 1, 'yellow', c.opened_at, c.opened_at FROM case_file c WHERE c.number = :number",
        ):
            connection.execute(text(statement), values)


def _choose(owner: Engine, case_number: str, frontage: str) -> None:
    """As if somebody had said that the case lies where the match has it."""
    with owner.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO zone_choice (case_id, seq, zone_id, share, algorithm, routing, chosen_by, chosen_at) "
                "SELECT c.id, 1, z.id, 0.9, 'test', '{}', c.reporter_id, c.opened_at "
                "FROM case_file c, zone z WHERE c.number = :number AND z.kind = 'frontage' AND z.code = :code"
            ),
            {"number": case_number, "code": frontage},
        )


def _order_rematch(owner: Engine, report_id: UUID, township: str) -> UUID:
    """A re-match of the township's own, with its one report listed; returns its id."""
    with owner.begin() as connection:
        made = connection.execute(
            text(
                "WITH made AS (INSERT INTO rematch (account_id, organisation_id, requested_at, received_from, "
                "received_to, state) "
                "SELECT r.officer_id, o.id, now(), r.received_at, now() + interval '1 day', 'listed' "
                "FROM report r, organisation o WHERE r.id = :report AND o.code = :township RETURNING id) "
                "INSERT INTO rematch_report (rematch_id, report_id, before_match, changes, result, state) "
                "SELECT made.id, m.report_id, m.id, '[]', '{}', 'listed' FROM made, zone_match m "
                "WHERE m.report_id = :report RETURNING rematch_id"
            ),
            {"report": report_id, "township": township},
        )
        return UUID(str(made.scalar_one()))


def _keep_complaint(owner: Engine, report_id: UUID, township: str) -> UUID:
    """A complaint of the place, taken by the township's own intake, and its photo's likeness; the complaint's id."""
    intake = factories.make_account(owner, role="intake", organisation=township).id
    values = {"report": report_id, "intake": intake, "township": township}
    with owner.begin() as connection:
        made = connection.execute(
            text(
                "INSERT INTO complaint (id, case_id, relation, because, channel, made_at, recorded_at, taken_by, "
                "organisation_id, matter, place, sent_lon, sent_lat, datum, accuracy_m, judged_on, zone_codes, match, "
                "routing, callback_wished, commitment) "
                "SELECT gen_random_uuid(), c.case_id, 'attached', '[]', 'web', r.received_at, r.received_at, :intake, "
                "o.id, '门前堆物', r.place, r.sent_lon, r.sent_lat, r.datum, 5, r.judged_on, r.zone_codes, m.result, "
                "m.routing, true, repeat('f', 64) "
                "FROM report r JOIN case_report c ON c.report_id = r.id JOIN zone_match m ON m.report_id = r.id, "
                "organisation o WHERE r.id = :report AND o.code = :township RETURNING id"
            ),
            values,
        ).scalar_one()
        for statement in (
            "INSERT INTO complaint_person (complaint_id, salt, payload) "
            "VALUES (:id, repeat('f', 64), '{\"text\": \"门前堆物\"}')",
            "INSERT INTO complaint_callback (complaint_id, account_id, called_at, reached) "
            "VALUES (:id, :intake, now(), false)",
            "INSERT INTO photo_likeness (sha256, bits) SELECT p.sha256, CAST(repeat('01', 64) AS bit(128)) "
            "FROM report_photo p WHERE p.report_id = :report",
        ):
            connection.execute(text(statement), {**values, "id": made})
    return UUID(str(made))


def _file_record(owner: Engine, report_id: UUID, township: str) -> None:
    """A form of the township's own that was filled in about it."""
    with owner.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO form_record (id, form, rulebook_id, account_id, organisation_id, at, day, received_at, "
                "digest, about_kind, about_code, township_code, answers, heads, sees, hot_spot) "
                "SELECT gen_random_uuid(), 'guidance_note', b.id, r.officer_id, o.id, r.received_at, r.judged_on, "
                "r.received_at, repeat('a', 64), 'township', o.code, o.code, '{}', '{}', 'body', false "
                "FROM rulebook b, report r, organisation o "
                "WHERE b.kind = 'forms' AND r.id = :report AND o.code = :township"
            ),
            {"report": report_id, "township": township},
        )


def _look_again(owner: Engine, case_number: str) -> None:
    """What a second look at the case found, in a sample of its own."""
    with owner.begin() as connection:
        connection.execute(
            text(
                "WITH drawn AS (INSERT INTO recheck "
                "(id, seed, from_day, to_day, population, drawn, drawn_at, drawn_by) "
                "SELECT gen_random_uuid(), 'a seed for tests', '2026-09-01', '2026-09-01', ARRAY[:number], "
                "ARRAY[:number], now(), c.reporter_id FROM case_file c WHERE c.number = :number "
                "RETURNING id, drawn_by) "
                "INSERT INTO recheck_result (recheck_id, case_id, passed, note, checked_at, checked_by) "
                "SELECT d.id, c.id, true, '', now(), d.drawn_by FROM drawn d, case_file c WHERE c.number = :number"
            ),
            {"number": case_number},
        )


def make_two_places(owner: Engine, client: FlaskClient, sign_in: SignIn) -> tuple[Place, Place]:
    """Jinsha and Jinxin, and the category their reports name."""
    factories.make_organisations(owner)
    factories.make_category(owner, code=CATEGORY)
    set_hours(owner)
    factories.make_rulebook(owner, "forms")
    places = make_place(owner, client, sign_in, JINSHA), make_place(owner, client, sign_in, JINXIN)
    for place in places:
        # Not in make_place: `frontage verify` would miss the file of it.
        _write_off(owner, place.case_number)
        _look_again(owner, place.case_number)
    return places


def send_report(client: FlaskClient, headers: dict[str, str], report_id: UUID, report: dict, *photos: bytes):
    """PUT a report as multipart, as a phone does."""
    data = {
        "report": (io.BytesIO(json.dumps(report).encode()), "report.json", "application/json"),
        "photo": [(io.BytesIO(photo), f"{number}.jpg", "image/jpeg") for number, photo in enumerate(photos)],
    }
    return client.put(f"/api/v1/reports/{report_id}", data=data, headers=headers)


def cover(owner: Engine) -> None:
    """Every frontage was looked at once and has a subject, every report its duty; readable for all of the township."""
    for number, township in enumerate((JINSHA, JINXIN)):
        factories.make_subject(owner, zone=f"covered-{number}", township=township, phone="000-0000")
    with owner.begin() as connection:
        connection.execute(
            text("""
INSERT INTO patrol_front (zone_id, kind, code, version, township_code, length_m, cells, axis)
SELECT z.id, z.kind, z.code, z.version, z.township_code, 2, 2, ST_GeomFromText('LINESTRING(0 0, 2 0)', metric_srid())
FROM zone z WHERE z.kind = 'frontage'""")
        )
        for table, first in (("coverage_day", "day"), ("coverage_week", "week")):
            connection.execute(
                text(f"""
INSERT INTO {table} ({first}, zone_id, certain, probable, certain_m, probable_m, visits, officers, first_at, last_at)
SELECT '2026-08-31', f.zone_id, B'10', B'11', 1, 2, 1, 1, now(), now() FROM patrol_front f""")
            )
        connection.execute(
            text("""
INSERT INTO front_standing (zone_id, kind, code, township_code, length_m, cell)
SELECT f.zone_id, f.kind, f.code, f.township_code, f.length_m, 0 FROM patrol_front f
ON CONFLICT DO NOTHING""")
        )
        connection.execute(
            text("""
INSERT INTO subject_change (subject_id, action, reason, told, at)
SELECT s.id, 'registered', 'test', '{}', now() FROM subject s""")
        )
        connection.execute(
            text("""
WITH book AS (
  INSERT INTO rulebook (kind, name, source, sample, digest, rows, created_at)
  VALUES ('duties', 'test', 'test', true, repeat('a', 64), '[]', now()) RETURNING id)
INSERT INTO report_duty (report_id, rulebook_id, duty, items, told)
SELECT r.id, b.id, 'order', '{A1}', false FROM report r, book b""")
        )
