"""The zone manager's pages in Chromium: days of three people played back, corners dragged among thousands of zones."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from playwright.sync_api import Page, sync_playwright

from bench import ground
from bench.browser import Inside, browser, graphics_cpu_s, screen, sign_in
from bench.district_day import DATABASE
from bench.figures import Findings, Target
from bench.live import put_on_duty
from bench.scale import Scale
from bench.stand import Stand, connected
from server.patrol.positions.days import DayRules, make_days

PEOPLE = 3
FRAMES = Target(60.0, absolute=True)
TURN_MS = Target(1000 / 60, at_least=False, absolute=True)
DRAG_MS = Target(100.0, at_least=False, absolute=True)
_HOURS, _FIX_EVERY_S, _TIMES = 8, 5, 60
_TIME_ZONE = ZoneInfo("Asia/Shanghai")
# Yesterday's work, up and down a street, one of the people a street.
_WALKED = """
INSERT INTO position_fix (device_id, recorded_at, account_id, shift_id, received_at, lon, lat, accuracy_m, mock,
  on_duty, datum, sent_lon, sent_lat)
SELECT d.id, t.at, d.account_id, s.id, t.at, p.lon, p.lat, 5, false, true, 'wgs84', p.lon, p.lat
FROM (SELECT d.id, d.account_id, row_number() OVER (ORDER BY d.id) AS n FROM device d WHERE d.name = 'bench') d
JOIN shift s ON s.account_id = d.account_id AND s.ended_at IS NOT NULL,
  generate_series(0, %(fixes)s) f,
  LATERAL (SELECT CAST(%(begin)s AS timestamptz) + f * %(every)s * interval '1 second' AS at) t,
  LATERAL (SELECT 121.05 + abs(f %% 800 - 400) * 6e-5 AS lon, 32.06 + d.n * 2e-3 + f * 1e-7 AS lat) p
"""
_SHIFTS = """
INSERT INTO shift (id, account_id, organisation_id, outside_roster, started_at, start_received_at, limit_at, ended_at,
  end_received_at, ended_by)
SELECT gen_random_uuid(), a.id, a.organisation_id, false, t.begin, t.begin, t.begin + interval '12 hours',
  t.begin + interval '9 hours', t.begin + interval '9 hours', 'officer'
FROM account a, (SELECT CAST(%(begin)s AS timestamptz) AS begin) t WHERE a.username LIKE 'walker.%%'
"""
# Whom one may choose are people of teams and rosters.
_TEAM = """
WITH made AS (
  INSERT INTO team (organisation_id, name, sample)
  SELECT id, 'bench', true FROM organisation WHERE kind = 'district' RETURNING id)
INSERT INTO team_member (team_id, account_id, valid)
SELECT m.id, a.id, daterange('2024-01-01', NULL) FROM made m, account a WHERE a.username LIKE 'walker.%%'
"""
# A quarter of lots of 8 by 30 m with a gap of a metre, where the map stands.
_LOTS = """
INSERT INTO zone (kind, code, version, name, township_code, valid, geom, source, sample)
SELECT 'frontage', 'L' || lpad(CAST(n AS text), 5, '0'), 1, '门前 ' || n, %(township)s, daterange('2024-01-01', NULL),
  ST_Transform(ST_MakeEnvelope(e.x, e.y, e.x + 8, e.y + 30, %(srid)s), 4326), 'generated', true
FROM generate_series(0, %(lots)s - 1) n,
  LATERAL (SELECT %(west)s + n %% %(wide)s * 9 AS x, %(south)s + n / %(wide)s * 31 AS y) e
"""
_CENTRE = (
    "SELECT ST_X(c), ST_Y(c) FROM (SELECT ST_Centroid(ST_Extent(geom)) AS c FROM zone WHERE code LIKE 'L%') q"
)
_ZONES_IN_VIEW = 5_000
_LOTS_A_ROW = 100
_EDITOR_ZOOM = 15.2


def measure(stand: Stand, scale: Scale) -> Findings:
    zones = scale.match_zones[0]
    stand.fill(DATABASE, zones=zones, township_vertices=scale.township_vertices)
    lots = min(_ZONES_IN_VIEW, zones)
    findings = Findings(
        f"片区负责人网页 pages of the zone manager; {PEOPLE} people x {_HOURS} h, {lots:,} zones in view"
    )
    (manager,) = stand.people("zone_manager", 1)
    day, centre = _walk(stand), _lay_lots(stand, lots)
    with (
        stand.serve(scale.officers) as server,
        sync_playwright() as playwright,
        browser(playwright) as opened,
    ):
        page = screen(opened, server)
        page.goto(f"/app/manager/playback?day={day}")
        sign_in(page, manager.account.username, manager.password or "")
        _play(findings, page, scale)
        page.goto("/app/layers")
        _drag(findings, page, centre, scale)
    return findings


def _walk(stand: Stand) -> str:
    """The day on which everybody walked."""
    put_on_duty(stand, PEOPLE)
    begin = (datetime.now(_TIME_ZONE) - timedelta(days=1)).replace(hour=8, minute=0, second=0, microsecond=0)
    make_days(stand.url(DATABASE), datetime.now(UTC), DayRules())
    given = {"begin": begin, "every": _FIX_EVERY_S, "fixes": _HOURS * 3600 // _FIX_EVERY_S}
    with connected(stand.url(DATABASE)) as connection, connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        for statement in (_TEAM, _SHIFTS):
            cursor.execute(statement, given)
        cursor.execute(_WALKED, given)
        cursor.execute("VACUUM ANALYZE")
    return begin.date().isoformat()


def _lay_lots(stand: Stand, lots: int) -> tuple[float, float]:
    """Where the middle of the quarter is."""
    given = {
        "lots": lots,
        "wide": _LOTS_A_ROW,
        "west": ground.WEST_M + 400,
        "south": ground.SOUTH_M - 4_000,
        "srid": ground.SRID,
        "township": next(iter(ground.township_codes())),
    }
    with connected(stand.url(DATABASE)) as connection, connection.cursor() as cursor:
        cursor.execute(_LOTS, given)
        cursor.execute("VACUUM ANALYZE zone")
        cursor.execute(_CENTRE)
        lon, lat = cursor.fetchall()[0]
    return float(lon), float(lat)


def _play(findings: Findings, page: Page, scale: Scale) -> None:
    for n in range(1, PEOPLE + 1):
        page.get_by_label(f"walker {n} ").check()
    page.get_by_label("为什么看").fill("bench")
    page.get_by_role("button", name="查看轨迹").click()
    page.wait_for_selector(".map-view[data-map=ready]")
    page.evaluate("measuring.idle()")
    inside = Inside(page)
    page.get_by_role("button", name=f"▶ {_TIMES} 倍").click()
    frames, main_ms, drawing_ms = [], [], []
    for _ in range(scale.rounds):
        main_s, drawing_s = inside.main_thread_s, graphics_cpu_s()
        told = page.evaluate("(ms) => measuring.frames(ms)", scale.pan_s * 1000)
        main_s, drawing_s = inside.main_thread_s - main_s, graphics_cpu_s() - drawing_s
        many = max(1, told["frames"])
        frames.append(many / told["took"] * 1000)
        main_ms.append(main_s * 1000 / max(1, told["turns"]))
        drawing_ms.append(drawing_s * 1000 / many)
    findings.add(f"回放 playing back, {_TIMES} x", "/s", frames, target=FRAMES)
    findings.add("每次换帧主线程 main thread a turn", "ms", main_ms, target=TURN_MS)
    findings.add("每帧绘制 drawing a frame", "ms", drawing_ms)
    findings.notes.append(
        f"Playback: a fix every {_FIX_EVERY_S} s of each person, drawn in software, which limits it here. A turn "
        "is one time the page may change the picture: with 60 a second it has 16.7 ms for everything."
    )


def _drag(findings: Findings, page: Page, centre: tuple[float, float], scale: Scale) -> None:
    page.wait_for_selector(".map-view[data-map=ready]")
    page.evaluate("measuring.jump", {"center": centre, "zoom": _EDITOR_ZOOM})
    page.wait_for_selector(".layers-list button")
    page.evaluate("measuring.idle()")
    page.evaluate("measuring.pick()")
    page.get_by_role("button", name="改形状").click()
    page.wait_for_selector(".layers-surface circle.corner")
    work, picture = [], []
    for _ in range(scale.rounds):
        told = page.evaluate("(ms) => measuring.drag(ms)", scale.pan_s * 1000)
        work += told["work"]
        picture += told["picture"]
    findings.add("拖角点:页面自身 a corner dragged: the page's own work", "ms", work, target=DRAG_MS)
    findings.add("拖角点至画面 a move until the picture stands", "ms", picture, target=DRAG_MS)
    findings.notes.append(
        "Dragging: a move of the pointer each frame. Own work: from the move until the drawing is changed; picture: "
        "until the second frame after it, when the first has left the page."
    )
