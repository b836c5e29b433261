"""Officers of a whole district who send where they walk, a fix a second, while the worker counts what they see.

The server and the worker run as `frontage run` starts them. Every phone records a fix a second and sends what it has
every five seconds, all of them spread evenly over those; ours go through a few kept-open connections, as through a
proxy. How far coverage is behind is the age of the oldest batch that is not counted yet, looked at twice a second.
"""

from __future__ import annotations

import http.client
import statistics
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import orjson

from bench import load
from bench.figures import Findings, Target
from bench.ground import Streets
from bench.positions import DATABASE, START_SHIFTS, walk_body
from bench.processes import cpu_s, cpu_spent
from bench.scale import Scale
from bench.stand import Server, Stand, connected

EVERY_S = 5
CONNECTIONS = 16
BEHIND = Target(5.0, at_least=False, absolute=True)
LOST = Target(0.0, at_least=False, absolute=True)
_LOOK_EVERY_S = 0.5
_CAUGHT_UP_WITHIN_S = 60.0
_DEVICE = "walk"
_WAITING = "SELECT coalesce(extract(epoch FROM now() - min(arrived_at)), 0), count(*) FROM fix_arrival"
_FRONTS = """
SELECT (SELECT count(*) FROM patrol_front)
  >= (SELECT count(*) FROM zone WHERE kind IN ('frontage', 'parking', 'site', 'service_point'))
"""
_STORED = """
SELECT count(*) FROM position_fix WHERE device_id IN (SELECT id FROM device WHERE name = %(device)s)
"""


@dataclass
class _Round:
    """What was sent and how it went; seconds and milliseconds."""

    accepted: int = 0
    replies_ms: list[float] = field(default_factory=list)
    late_s: list[float] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)


@dataclass
class _Behind:
    """Ages of the oldest batch nobody has counted yet, looked at again and again."""

    url: str
    ages_s: list[float] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    def look(self) -> None:
        with connected(self.url) as connection, connection.cursor() as cursor:
            while not self.over.wait(_LOOK_EVERY_S):
                cursor.execute(_WAITING)
                self.ages_s.append(float(cursor.fetchall()[0][0]))


def measure(stand: Stand, scale: Scale) -> Findings:
    """One run: everybody sends for `walk_s`, then coverage catches up and every fix is counted."""
    stand.fill(DATABASE, zones=scale.zones, township_vertices=scale.township_vertices)
    officers, seconds = scale.live_officers, int(scale.walk_s)
    findings = Findings(f"在岗行踪 {officers} officers, a fix a second each, {seconds} s over HTTP")
    with stand.serve(officers, worker=True) as server:
        with connected(stand.url(DATABASE)) as connection, connection.cursor() as cursor:
            cursor.execute(START_SHIFTS)
        _first_pass(stand)
        behind = _Behind(stand.url(DATABASE))
        looking = threading.Thread(target=behind.look)
        looking.start()
        worker_s = cpu_s(server.worker) if server.worker else 0.0
        try:
            with cpu_spent(server.families) as spent:
                sent = _send(server, Streets(scale.zones), seconds)
        finally:
            behind.over.set()
            looking.join()
        worker_s = (cpu_s(server.worker) if server.worker else 0.0) - worker_s
        caught_up_s = _caught_up(stand)
    if sent.faults:
        raise load.RoundVoid("; ".join(sent.faults[:3]))
    wanted = officers * (seconds // EVERY_S) * EVERY_S
    with connected(stand.url(DATABASE)) as connection, connection.cursor() as cursor:
        cursor.execute(_STORED, {"device": _DEVICE})
        stored = int(cursor.fetchall()[0][0])
    findings.add("丢失 fixes sent and not there", "", [wanted - stored], target=LOST)
    findings.add("确认与入库之差 acknowledged less stored", "", [sent.accepted - stored], target=LOST)
    findings.add("入库 fixes stored", "/s", [stored / seconds])
    findings.add("覆盖落后 coverage behind, p50", "s", [statistics.median(behind.ages_s)])
    findings.add("覆盖落后 coverage behind, at most", "s", [max(behind.ages_s)], target=BEHIND)
    findings.add("发完后追平 caught up after the last batch", "s", [caught_up_s])
    cuts = statistics.quantiles(sent.replies_ms, n=100)
    findings.add("答复 reply to a batch of 5, p50", "ms", [cuts[49]])
    findings.add("答复 p99", "ms", [cuts[98]])
    findings.add("发送迟于应发 sent later than due, at most", "s", [max(sent.late_s)])
    for name, used_s in (("server", spent["server"]), ("postgres", spent["postgres"]), ("worker", worker_s)):
        findings.add(f"处理器 processor: {name}", "s/s", [used_s / seconds])
    findings.notes += [
        f"Each phone sends {EVERY_S} fixes every {EVERY_S} s: {officers / EVERY_S:.0f} requests a second through "
        f"{CONNECTIONS} connections; {scale.zones:,} fronts; two server processes, one worker, the same processors.",
    ]
    return findings


def _send(server: Server, streets: Streets, seconds: int) -> _Round:
    """Every officer's batches when they are due; a batch holds the five seconds before it."""
    sent = _Round()
    officers = len(server.tokens)
    steps = seconds // EVERY_S
    turns = iter((step, officer) for step in range(1, steps + 1) for officer in range(officers))
    begin = time.monotonic()
    recorded = datetime.now(UTC)

    def work(_: int) -> None:
        line = http.client.HTTPConnection(server.host, server.port, timeout=30)
        try:
            while True:
                with sent.lock:
                    turn = None if sent.faults else next(turns, None)
                if turn is None:
                    return
                step, officer = turn
                due_s = begin + (step + officer / officers) * EVERY_S
                time.sleep(max(0.0, due_s - time.monotonic()))
                late_s = time.monotonic() - due_s
                mine = recorded + timedelta(seconds=officer / officers * EVERY_S)
                first = (step - 1) * EVERY_S
                body = walk_body(streets, officer, mine, first, EVERY_S, every_s=1.0, device=_DEVICE)
                _post(sent, line, server.tokens[officer], body, late_s)
        except (OSError, http.client.HTTPException) as error:
            sent.faults.append(repr(error))
        finally:
            line.close()

    load.in_threads(CONNECTIONS, work)
    return sent


def _post(sent: _Round, line: http.client.HTTPConnection, token: str, body: bytes, late_s: float) -> None:
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    began = time.monotonic()
    line.request("POST", "/api/v1/positions", body, headers)
    answer = line.getresponse()
    told = orjson.loads(answer.read())
    with sent.lock:
        sent.replies_ms.append((time.monotonic() - began) * 1000)
        sent.late_s.append(late_s)
        if answer.status == 200:
            sent.accepted += told["accepted"]
        else:
            sent.faults.append(f"{answer.status} {told}")


def _first_pass(stand: Stand) -> None:
    """The worker's first pass draws what fronts are seen by: it is waited for."""
    with connected(stand.url(DATABASE)) as connection, connection.cursor() as cursor:
        give_up_s = time.monotonic() + 300
        while time.monotonic() < give_up_s:
            cursor.execute(_FRONTS)
            if cursor.fetchall()[0][0]:
                return
            time.sleep(0.2)
    raise load.RoundVoid("the worker did not draw all fronts")


def _caught_up(stand: Stand) -> float:
    """Seconds until nothing waits to be counted."""
    began = time.monotonic()
    with connected(stand.url(DATABASE)) as connection, connection.cursor() as cursor:
        while time.monotonic() - began < _CAUGHT_UP_WITHIN_S:
            cursor.execute(_WAITING)
            if cursor.fetchall()[0][1] == 0:
                return time.monotonic() - began
            time.sleep(0.05)
    raise load.RoundVoid(f"coverage had not caught up after {_CAUGHT_UP_WITHIN_S} s")
