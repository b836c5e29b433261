"""The desk with a whole district's open cases and people: starting, panning, filtering, hearing, an hour of it."""

from __future__ import annotations

import http.client
import json
import os
import time
from collections.abc import Iterator

from playwright.sync_api import Page, Playwright

from bench import load
from bench.browser import Inside, browser, graphics_cpu_s, screen, sign_in
from bench.district_day import DATABASE, walking
from bench.figures import Findings, Target
from bench.ground import Spot
from bench.scale import Scale
from bench.stand import Server, Stand, connected, token_of
from server.people.accounts import NewAccount

DESK = "/app/dispatch"
FRAMES = Target(50.0, absolute=True)
FRAME_MS = Target(20.0, at_least=False, absolute=True)
ANSWER_MS = Target(300.0, at_least=False, absolute=True)
HEARD_MS = Target(2000.0, at_least=False, absolute=True)
_PAN_PX_A_S = 500
_STREET_ZOOM = 16
_EVENTS = 5
_CHANGES_AT_ONCE, _CHANGES_EVERY_S = 8, 0.1
# Filters in turn, the last as at first: of the list of states, then of the list of clocks.
_FILTERS = ((0, "registered"), (1, "overdue"), (1, ""), (0, "handling"), (0, "open"))
_ROWS = ".desk-row"
_JUMP = """(to) => document.querySelector(".map-view").mapView.map.jumpTo(to)"""
# An entry of the history and with it a change that every screen hears of, as an action leaves it.
_CHANGE = """
WITH chosen AS (
  SELECT c.id, c.ledger_seq + 1 AS seq, c.ledger_head AS head, t.at FROM case_file c
  CROSS JOIN (SELECT clock_timestamp() AS at) t
  WHERE c.closed_at IS NULL ORDER BY random() LIMIT %(cases)s),
made AS (
  INSERT INTO ledger (case_id, seq, recorded_at, actor_id, action, body, prev_hash, hash)
  SELECT c.id, c.seq, c.at, NULL, 'case.noted', '{}', c.head,
    ledger_hash(c.head, c.id, c.seq, c.at, NULL, 'case.noted', '{}')
  FROM chosen c
  RETURNING case_id, seq, hash)
UPDATE case_file c SET ledger_seq = m.seq, ledger_head = m.hash, version = c.version + 1
FROM made m WHERE m.case_id = c.id
"""


def measure(
    findings: Findings, stand: Stand, server: Server, playwright: Playwright, street: Spot, scale: Scale
) -> None:
    """Two desks that watch the district while everybody walks; `street` is looked at nearer."""
    people = stand.people("dispatcher", 2)
    with browser(playwright) as opened, walking(stand):
        desks = [screen(opened, server) for _ in people]
        for page, one in zip(desks, people, strict=True):
            page.goto(DESK)
            sign_in(page, one.account.username, one.password or "")
            _settled(page)
        first, second = desks
        _start(findings, first, scale.rounds)
        second.goto("about:blank")
        _pan(findings, first, street, scale)
        _filter(findings, first, scale.rounds)
        second.goto(DESK)
        _settled(second)
        _hear(findings, desks, server, people[0])
        second.close()
        _hour(findings, first, stand, scale.changes)


def _settled(page: Page) -> None:
    page.wait_for_selector(".map-view[data-map=ready]")
    page.wait_for_selector(_ROWS)
    page.evaluate("measuring.idle()")


def _start(findings: Findings, page: Page, rounds: int) -> None:
    longest, blocked, rows = [], [], []
    for _ in range(rounds):
        page.goto(DESK)
        page.wait_for_selector(_ROWS)
        rows.append(float(page.evaluate("performance.now()")))
        _settled(page)
        tasks = [float(ms) for _, ms in page.evaluate("measuring.long")]
        longest.append(max(tasks, default=0.0))
        blocked.append(sum(ms - 50 for ms in tasks))
    findings.add("调度台:打开至列表 desk: from opening to rows", "ms", rows)
    findings.add("最长任务 longest task while it opens", "ms", longest)
    findings.add("阻塞合计 beyond 50 ms of tasks, together", "ms", blocked)


def _pan(findings: Findings, page: Page, street: Spot, scale: Scale) -> None:
    """Panning, and the same over the bare ground in turn: what drawing nothing costs in software."""
    inside = Inside(page)
    for name in ("全区 the district", "街道 a street"):
        frames, bare, main_ms, drawing_ms, bare_ms = [], [], [], [], []
        for _ in range(scale.rounds):
            per_s, main, drawing = _panned(page, inside, scale.pan_s)
            frames.append(per_s)
            main_ms.append(main)
            drawing_ms.append(drawing)
            page.evaluate("measuring.bare(true)")
            per_s, _, drawing = _panned(page, inside, scale.pan_s)
            bare.append(per_s)
            bare_ms.append(drawing)
            page.evaluate("measuring.bare(false)")
        findings.add(f"平移 panning, {name}", "/s", frames, limit=bare, target=FRAMES)
        findings.add(f"每帧主线程 main thread a frame, {name}", "ms", main_ms, target=FRAME_MS)
        findings.add(f"每帧绘制 drawing a frame, {name}", "ms", drawing_ms, limit=bare_ms)
        page.evaluate(_JUMP, {"center": [street.lon, street.lat], "zoom": _STREET_ZOOM})
        page.evaluate("measuring.idle()")
    findings.notes += [
        "Panning: the mouse drags the map, a move each frame. Limit: the same with the ground alone, no layer on it.",
        "Main thread: processor time of the page's own thread, script and all, which a graphics card leaves as it is. "
        "Drawing: processor time of the process that draws in software what a card would: it limits the frames here, "
        f"with {os.cpu_count()} processors for it, the server and the page.",
    ]


def _panned(page: Page, inside: Inside, seconds: float) -> tuple[float, float, float]:
    """Frames a second; processor milliseconds a frame of the main thread and of drawing."""
    main_s, drawing_s = inside.main_thread_s, graphics_cpu_s()
    told = page.evaluate("([ms, px]) => measuring.pan(ms, px)", [seconds * 1000, _PAN_PX_A_S])
    main_s, drawing_s = inside.main_thread_s - main_s, graphics_cpu_s() - drawing_s
    frames = max(1, told["frames"])
    return frames / told["took"] * 1000, main_s * 1000 / frames, drawing_s * 1000 / frames


def _filter(findings: Findings, page: Page, rounds: int) -> None:
    lists: list[float] = []
    maps: list[float] = []
    for _ in range(rounds):
        for place, value in _FILTERS:
            box = page.locator(".desk-filters select").nth(place)
            took = box.evaluate("(select, value) => measuring.change(select, value)", value)
            lists.append(took["list"])
            maps.append(took["map"])
    findings.add("筛选至列表 a filter's change until rows are drawn", "ms", lists, target=ANSWER_MS)
    findings.add("筛选至地图 a filter's change until the map is drawn", "ms", maps, target=ANSWER_MS)


def _hear(findings: Findings, desks: list[Page], server: Server, who: NewAccount) -> None:
    """Actions sent from elsewhere, until the row on each of the screens says so."""
    token = token_of(server.port, who.account.username, who.password)
    took_ms = []
    numbers = _registered(desks[0])
    for _ in range(_EVENTS):
        number = next(numbers, None)
        if number is None:
            break
        for page in desks:
            page.evaluate("(number) => measuring.heard(number)", number)
        sent = time.time()
        _dispatch(server, token, number)
        took_ms.append(max(float(page.evaluate("measuring.heard_at")) for page in desks) - sent * 1000)
    findings.add("案件动态至他人屏幕 an action until both screens show it", "ms", took_ms, target=HEARD_MS)


def _registered(page: Page) -> Iterator[str]:
    """Numbers of rows in sight that can be dispatched."""
    found = page.locator(_ROWS).evaluate_all(
        "(rows) => rows.filter((row) => row.querySelector('.desk-state').textContent.trim() === '待派遣')"
        ".map((row) => row.id.replace(/^row-/, ''))"
    )
    return iter(found)


def _dispatch(server: Server, token: str, number: str) -> None:
    line = http.client.HTTPConnection(server.host, server.port, timeout=30)
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    line.request("GET", f"/api/v1/cases/{number}", headers=headers)
    version = json.loads(line.getresponse().read())["version"]
    line.request(
        "POST", f"/api/v1/cases/{number}/actions/dispatch", json.dumps({"version": version}), headers
    )
    answer = line.getresponse()
    told = answer.read()
    line.close()
    if answer.status != 200:
        raise load.RoundVoid(f"{number} was not dispatched: {answer.status} {told[:300]!r}")


def _hour(findings: Findings, page: Page, stand: Stand, changes: int) -> None:
    """As many changes as a busy hour has; what the page holds before and after."""
    inside = Inside(page)
    # What is made once and kept is made by the first of them.
    _change(stand, page, max(1, changes // 10))
    before = inside.held()
    main_s = inside.main_thread_s
    _change(stand, page, changes)
    main_s = inside.main_thread_s - main_s
    after = inside.held()
    findings.add(
        f"{changes:,} 次变动后堆增 heap grown by changes heard", "MB", [(after[0] - before[0]) / 1e6]
    )
    findings.add("元素增 elements grown", "", [after[1] - before[1]])
    findings.add("每次变动主线程 main thread a change heard", "ms", [main_s * 1000 / changes])
    findings.notes.append(
        f"Changes: entries of histories of cases drawn by lot, {_CHANGES_AT_ONCE} every {_CHANGES_EVERY_S} s, while "
        f"everybody walks; the heap was {before[0] / 1e6:.1f} MB."
    )


def _change(stand: Stand, page: Page, changes: int) -> None:
    with connected(stand.url(DATABASE)) as connection, connection.cursor() as cursor:
        for _ in range(max(1, changes // _CHANGES_AT_ONCE)):
            cursor.execute(_CHANGE, {"cases": _CHANGES_AT_ONCE})
            page.wait_for_timeout(_CHANGES_EVERY_S * 1000)
    page.evaluate("measuring.idle()")
