"""Casework with many open cases: actions over HTTP, a page of the list beside tipg, and proving every chain.

The cases are written by the database itself, each with a whole chain; people then act on them through the server as
`frontage run` starts it. An action here is `dispatch`: two clocks begin, a body is told, the ledger grows.
"""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime

from sqlalchemy import create_engine, text

from bench import ground, load, peer_tipg
from bench.figures import Findings, Target
from bench.processes import cpu_spent
from bench.scale import SHORT, Scale
from bench.stand import Server, Stand, connected
from server import schema
from server.cases.calendars import store as calendars
from server.cases.calendars.wire import HoursIn
from server.cases.deadlines import store as deadlines
from server.cases.deadlines.wire import DeadlinesIn
from server.evidence.ledger import verify_chain

ACTIONS_TARGET = Target(200.0, absolute=True)
LIST_TARGET = Target(8.0)
VERIFY_TARGET_S = Target(60.0, at_least=False, absolute=True)
CONNECTIONS = 8
ENTRIES_A_CASE = 10
PAGE = 50
_DATABASE = "frontage"
_HOURS = "1-5 08:30-12:00; 1-5 14:00-17:30"
# A third of what an action of ours writes, and as long as most.
_BODY = json.dumps(
    {"action": "note", "at": "2026-11-01T02:00:00Z", "note": "现场复查" * 20}, ensure_ascii=False
)

_FILL_CASES = """
INSERT INTO case_file (number, state, organisation_id, township_code, category, place, reporter_id, opened_at, version,
  deadline)
SELECT 'B-' || lpad(CAST(n AS text), 7, '0'), 'registered', o.id, o.code, %(category)s,
  ST_SetSRID(ST_MakePoint(121.05 + (n %% 1000) * 1e-5, 32.06 + (n / 1000) * 1e-5), 4326),
  (SELECT id FROM account ORDER BY username LIMIT 1), now() - n * interval '7 seconds', 2, d.deadline
FROM generate_series(1, %(cases)s) n
JOIN LATERAL (SELECT id, code FROM organisation WHERE kind = 'township' ORDER BY code OFFSET n %% 49 LIMIT 1) o ON true
CROSS JOIN (SELECT case_deadline_v1(%(category)s, current_date) AS deadline) d
"""
_FILL_ENTRY = """
WITH made AS (
  INSERT INTO ledger (case_id, seq, recorded_at, actor_id, action, body, prev_hash, hash)
  SELECT c.id, %(seq)s, t.at, NULL, 'case.noted', %(body)s, c.ledger_head,
    ledger_hash(c.ledger_head, c.id, %(seq)s, t.at, NULL, 'case.noted', %(body)s)
  FROM case_file c CROSS JOIN (SELECT clock_timestamp() AS at) t
  WHERE c.number LIKE 'B-%%'
  RETURNING case_id, seq, hash)
UPDATE case_file c SET ledger_seq = m.seq, ledger_head = m.hash FROM made m WHERE m.case_id = c.id
"""


def measure(stand: Stand, scale: Scale) -> Findings:
    """Rounds of: actions, then pages of the list beside tipg's; at the end every chain is verified."""
    stand.fill(_DATABASE, zones=scale.zones, township_vertices=scale.township_vertices)
    findings = Findings(
        f"案卷 casework; {scale.cases:,} open cases, {scale.cases * ENTRIES_A_CASE:,} ledger entries"
    )
    loads: list[load.Load] = []
    cpu_us: dict[str, list[float]] = {}
    lists: tuple[list[float], list[float]] = ([], [])
    with ExitStack() as open_:
        server = open_.enter_context(stand.serve(1, dispatchers=scale.officers))
        _fill(stand, scale.cases)
        numbers = _numbers(stand)
        peer = None if scale is SHORT else open_.enter_context(peer_tipg.serve(stand, _DATABASE))
        for number in range(scale.rounds + 1):
            with cpu_spent(server.families) as spent:
                told = _act(stand, server, numbers, scale.round_s)
            pages = _pages(server, scale.limit_round_s)
            beside = _peer_pages(peer, scale.limit_round_s) if peer else None
            if number == 0:
                continue  # plans, caches, pools
            loads.append(told)
            for name, seconds in spent.items():
                cpu_us.setdefault(name, []).append(seconds / told.replies * 1e6)
            lists[0].append(pages)
            lists[1].extend([beside] if beside else [])
    findings.add(
        "办理 actions over HTTP, 8 connections", "/s", [told.per_s for told in loads], target=ACTIONS_TARGET
    )
    findings.add("办理 p50", "ms", [told.p50_ms for told in loads])
    findings.add("办理 p99", "ms", [told.p99_ms for told in loads])
    for name, rounds in cpu_us.items():
        findings.add(f"每次办理的处理器时间 CPU per action: {name}", "µs", rounds)
    if lists[1]:
        findings.add("tipg, 50 案卷 a page of 50 cases", "/s", lists[1])
    limit = {"limit": lists[1], "target": LIST_TARGET} if lists[1] else {}
    findings.add("W6 案卷列表 a page of 50 open cases", "/s", lists[0], **limit)
    findings.add("核验全部流水 verifying every chain", "s", [_verify(stand)], target=VERIFY_TARGET_S)
    findings.notes += [
        "Each action was answered 200 and left its entry; deadlines and office hours are in force: clocks begin.",
        f"tipg {peer_tipg.VERSION}: 50 rows of case_file, newest opened first, without rights, in GeoJSON.",
        "Verifying: one process, from the database, entries and heads; the bytes of photos are another command's.",
    ]
    return findings


def set_times(stand: Stand) -> None:
    """Deadlines and office hours come into force; nothing when there are some."""
    at = datetime.now(UTC)
    since = at.date().replace(month=1, day=1)
    now = calendars.Now(at, "Asia/Shanghai", at.date())
    engine = create_engine(schema.owner_engine_url(stand.url(_DATABASE)))
    with engine.begin() as writing:
        if writing.execute(text("SELECT EXISTS (SELECT 1 FROM deadline_table)")).scalar_one():
            return
        hours = {"valid_from": since.isoformat(), "hours": _HOURS, "source": "generated", "sample": True}
        calendars.put_hours(writing, HoursIn.model_validate(hours), now)
        given = DeadlinesIn.model_validate(
            {
                "name": "bench",
                "jurisdiction": "bench",
                "sample": True,
                "code_list": {"id": "bench", "version": "1"},
                "steps": {"register": "1 work_hour", "dispatch": "1 work_hour", "accept": "60 work_minute"},
                "rows": [{"category": ground.CATEGORY, "name": "占道经营", "handle": "4 work_hour"}],
            }
        )
        made = deadlines.keep_draft(writing, given, at=at, on=at.date(), rows_max=1)
        deadlines.activate(writing, made, since, at=at, today=at.date())
    engine.dispose()


def _fill(stand: Stand, cases: int) -> None:
    set_times(stand)
    with connected(stand.url(_DATABASE)) as connection, connection.cursor() as cursor:
        # What the triggers keep besides (the feed, the counts of the map) is measured in parts of its own.
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(_FILL_CASES, {"cases": cases, "category": ground.CATEGORY})
        for seq in range(1, ENTRIES_A_CASE + 1):
            cursor.execute(_FILL_ENTRY, {"seq": seq, "body": _BODY})
        cursor.execute("VACUUM ANALYZE case_file, ledger")


def _numbers(stand: Stand) -> Iterator[str]:
    with connected(stand.url(_DATABASE)) as connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT number FROM case_file WHERE state = 'registered' AND number LIKE 'B-%' ORDER BY number"
        )
        return iter([number for (number,) in cursor.fetchall()])


def _act(stand: Stand, server: Server, numbers: Iterator[str], seconds: float) -> load.Load:
    given = (
        load.Message(
            f"/api/v1/cases/{number}/actions/dispatch",
            at,
            "application/json",
            (b'{"version": 2}',),
            "POST",
            200,
        )
        for at, number in enumerate(numbers)
    )
    before = _dispatched(stand)
    told = load.send_with_threads(
        server, given, connections=CONNECTIONS, seconds=seconds, tokens=server.dispatchers
    )
    done = _dispatched(stand) - before
    if done != told.replies:
        raise load.RoundVoid(f"{told.replies} replies of 200, but {done} entries")
    return told


def _dispatched(stand: Stand) -> int:
    with connected(stand.url(_DATABASE)) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM ledger WHERE action = 'case.dispatched'")
        return int(cursor.fetchall()[0][0])


def _pages(server: Server, seconds: float) -> float:
    headers = {"Authorization": f"Bearer {server.dispatchers[0]}"}
    path = f"/api/v1/cases?open=true&limit={PAGE}"
    return _asked_per_s(server.port, path, headers, seconds, lambda told: len(told["items"]))


def _peer_pages(port: int, seconds: float) -> float:
    path = f"/collections/public.case_file/items?limit={PAGE}&sortby=-opened_at"
    return _asked_per_s(
        port, path, {"Accept": "application/geo+json"}, seconds, lambda told: len(told["features"])
    )


def _asked_per_s(
    port: int,
    path: str,
    headers: dict[str, str],
    seconds: float,
    rows: Callable[[dict[str, list[object]]], int],
) -> float:
    """Pages a second over four connections. Raises RoundVoid for a page that is not whole."""
    begin, asked, faults = time.monotonic(), [0] * 4, list[str]()

    def run(number: int) -> None:
        line = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        while time.monotonic() - begin < seconds and not faults:
            line.request("GET", path, headers=headers)
            answer = line.getresponse()
            told = answer.read()
            if answer.status != 200 or (asked[number] == 0 and rows(json.loads(told)) != PAGE):
                faults.append(f"{path}: {answer.status} {told[:200]!r}")
            asked[number] += 1
        line.close()

    load.in_threads(4, run)
    if faults:
        raise load.RoundVoid(faults[0])
    return sum(asked) / (time.monotonic() - begin)


def _verify(stand: Stand) -> float:
    engine = create_engine(schema.owner_engine_url(stand.url(_DATABASE)), isolation_level="REPEATABLE READ")
    begin = time.perf_counter()
    with engine.begin() as connection:
        found = [str(fault) for fault in verify_chain(connection)]
    took_s = time.perf_counter() - begin
    engine.dispose()
    if found:
        raise load.RoundVoid(f"{len(found)} broken links, the first: {found[0]}")
    return took_s
