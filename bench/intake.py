"""W1a: an intake over HTTP, without a photo, beside the one prepared statement it cannot do without.

The server runs as `frontage run` starts it, with two processes; database, server and load generator share the machine.
Every reply is a 201, and the rows in the database are counted against them.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

from bench import load
from bench.figures import Findings, Target
from bench.ground import Streets
from bench.patrol import Walk, walks
from bench.processes import cpu_spent
from bench.scale import Scale
from bench.stand import Server, Stand, connected
from bench.statement import statements_per_s

CONNECTIONS = 8
# Reports made before a round; more than any machine of today takes in that time.
MADE_PER_S = 4000
TARGET = Target(0.40)
_SETTLE_S = 0.3


def measure(stand: Stand, scale: Scale) -> Findings:
    """Rounds of: statement on 1 connection, HTTP, statement on 2 and on 4 connections."""
    stand.fill("frontage", zones=scale.zones, township_vertices=scale.township_vertices)
    generator = "wrk" if load.have_wrk() else "Python 线程 threads"
    findings = Findings(f"W1a 无照片上报 intake over HTTP, no photo; {scale.zones:,} zones")
    one: list[float] = []
    limit_us: list[float] = []
    several: dict[int, list[float]] = {2: [], 4: []}
    loads: list[load.Load] = []
    cpu_us: dict[str, list[float]] = {}
    streets = Streets(scale.zones)
    with stand.serve(scale.officers) as server:
        _round(stand, server, streets, -1, seconds=min(2.0, scale.round_s))  # plans, caches, pools
        for number in range(scale.rounds):
            given = list(walks(streets, officers=scale.officers, round_=number, count=2000))
            begin_s = time.process_time()
            with cpu_spent(server.families) as spent:
                one.append(statements_per_s(stand, given, connections=1, seconds=scale.limit_round_s))
            costs_s = time.process_time() - begin_s + spent["postgres"]
            limit_us.append(costs_s / (one[-1] * scale.limit_round_s) * 1e6)
            with cpu_spent(server.families) as spent:
                told = _round(stand, server, streets, number, seconds=scale.round_s)
            loads.append(told)
            for name, seconds in {**spent, generator: told.generator_cpu_s}.items():
                cpu_us.setdefault(name, []).append(seconds / told.replies * 1e6)
            for connections, rounds in several.items():
                rounds.append(
                    statements_per_s(stand, given, connections=connections, seconds=scale.limit_round_s)
                )
    http = [told.per_s for told in loads]
    best = max(several.values(), key=sum)
    findings.add("极限:一条预编译语句 limit: one prepared statement, 1 connection", "/s", one)
    for connections, rounds in several.items():
        findings.add(f"同上 the same, {connections} connections", "/s", rounds)
    findings.add(f"HTTP 上报 intake, {CONNECTIONS} connections", "/s", http, limit=one, target=TARGET)
    findings.add("同上,对多连接极限 the same against the best of several connections", "/s", http, limit=best)
    findings.add("HTTP p50", "ms", [told.p50_ms for told in loads])
    findings.add("HTTP p99", "ms", [told.p99_ms for told in loads])
    findings.add(
        "极限每条语句的处理器时间 CPU per statement of the limit, client and postgres", "µs", limit_us
    )
    for name, rounds in cpu_us.items():
        if name != "decoding":
            findings.add(f"每次上报的处理器时间 CPU per report: {name}", "µs", rounds)
    findings.notes += [
        f"{scale.officers} officers, each walking along a block and reporting every 5 s; about 27 zones near each fix.",
        f"Load: {generator}. Every reply was 201, and each has its row in the database.",
        "The worker does not run: without photos it has nothing to do.",
    ]
    return findings


def _round(stand: Stand, server: Server, streets: Streets, number: int, *, seconds: float) -> load.Load:
    """One round over HTTP, with the rows counted against the replies."""
    before = _reports(stand)
    count = int(MADE_PER_S * max(1.0, seconds))
    given: Iterator[Walk] = walks(streets, officers=len(server.tokens), round_=number, count=count)
    if load.have_wrk():
        told = load.send_with_wrk(
            server, stand.var, given, seconds=seconds, connections=CONNECTIONS, threads=1
        )
    else:
        messages = load.json_messages(given)
        told = load.send_with_threads(server, messages, connections=CONNECTIONS, seconds=seconds)
    # wrk hangs up on what is under way: those may be rows without a reply, never the other way round; on a busy
    # machine also those of the round before.
    time.sleep(_SETTLE_S)
    rows = _reports(stand) - before
    if not told.replies <= rows <= told.replies + 2 * CONNECTIONS:
        raise load.RoundVoid(f"{told.replies} replies of 201, but {rows} rows")
    return told


def _reports(stand: Stand) -> int:
    with connected(stand.url()) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT (SELECT count(*) FROM report), (SELECT count(*) FROM case_report)")
        reports, cases = cursor.fetchall()[0]
    if reports != cases:
        raise load.RoundVoid(f"{reports} reports, but {cases} of them have a case")
    return int(reports)
