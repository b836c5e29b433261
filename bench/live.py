"""Live positions and calls for help: officers who all move each second, dispatchers who all watch, one who calls.

The server runs as `frontage run` starts it. Positions move in the database, one statement a second: what taking them in
costs is measured elsewhere. A call's time goes from before it is sent to its arrival on each stream of each dispatcher.
"""

from __future__ import annotations

import http.client
import json
import selectors
import socket
import statistics
import threading
import time
from collections.abc import Callable
from datetime import datetime
from uuid import uuid4

import orjson

from bench import load
from bench.figures import Findings, Target
from bench.processes import cpu_spent
from bench.scale import Scale
from bench.stand import Server, Stand, connected

TARGET_MS = Target(2000.0, at_least=False, absolute=True)
_CALL_EVERY_S = 0.5
_OPEN_TIMEOUT_S = 30.0
_HEARD_WITHIN_S = 10.0
# Spread over the townships of the bench, on duty, each with a phone and a place.
_ON_DUTY = (
    """
INSERT INTO account (username, display_name, role, organisation_id, password_hash)
SELECT 'walker.' || n, 'walker ' || n, 'officer', o.id, 'none'
FROM generate_series(1, %(officers)s) n
JOIN (SELECT id, row_number() OVER (ORDER BY code) AS place, count(*) OVER () AS places FROM organisation) o
  ON o.place = n %% o.places + 1
""",
    """
INSERT INTO shift (id, account_id, organisation_id, outside_roster, started_at, start_received_at, limit_at)
SELECT gen_random_uuid(), a.id, a.organisation_id, false, now() - interval '1 hour', now() - interval '1 hour',
  now() + interval '11 hours'
FROM account a WHERE a.username LIKE 'walker.%%'
""",
    """
INSERT INTO device (account_id, kind, name, datum)
SELECT a.id, 'app', 'bench', 'wgs84' FROM account a WHERE a.username LIKE 'walker.%%'
""",
    """
INSERT INTO officer_position (account_id, device_id, lon, lat, accuracy_m, recorded_at, received_at)
SELECT d.account_id, d.id, 121.0, 32.0 + d.id / 1e5, 5, now(), now() FROM device d WHERE d.name = 'bench'
""",
)
MOVE = """
UPDATE officer_position SET lon = lon + 0.00001, recorded_at = clock_timestamp(), received_at = clock_timestamp()
"""


def put_on_duty(stand: Stand, officers: int) -> None:
    """So many on duty; nothing when they are already."""
    with connected(stand.url("frontage")) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM account WHERE username LIKE 'walker.%'")
        if cursor.fetchall()[0][0] == 0:
            for statement in _ON_DUTY:
                cursor.execute(statement, {"officers": officers})


class _Screens:
    """All streams in one selector; notes when each call and each position came."""

    def __init__(self, server: Server) -> None:
        self._selector = selectors.DefaultSelector()
        self._left: dict[socket.socket, bytes] = {}
        self.heard: dict[str, list[float]] = {}
        self.late_ms: list[float] = []
        self.bytes = 0
        for token in server.dispatchers:
            self._open(server, token)

    def _open(self, server: Server, token: str) -> None:
        line = socket.create_connection((server.host, server.port), timeout=_OPEN_TIMEOUT_S)
        asked = f"GET /api/v1/stream?positions=1 HTTP/1.0\r\nAuthorization: Bearer {token}\r\n\r\n"
        line.sendall(asked.encode())
        got = b""
        while b"retry: " not in got:
            piece = line.recv(65536)
            got += piece
            if not piece or b" 200 " not in got:
                raise load.RoundVoid(f"no stream: {got[:200]!r}")
        line.setblocking(False)
        self._left[line] = b""
        self._selector.register(line, selectors.EVENT_READ)

    def read_until(self, over: threading.Event) -> None:
        while not over.is_set():
            for key, _ in self._selector.select(0.1):
                if isinstance(key.fileobj, socket.socket):
                    self._take(key.fileobj, time.time())

    def _take(self, line: socket.socket, arrived_s: float) -> None:
        piece = line.recv(262_144)
        if not piece:
            raise load.RoundVoid("a stream ended")
        self.bytes += len(piece)
        *blocks, self._left[line] = (self._left[line] + piece).split(b"\n\n")
        for block in blocks:
            head, _, data = block.partition(b"data: ")
            told = orjson.loads(data) if data else {}
            if head.startswith(b"event: officers"):
                self.late_ms += [
                    (arrived_s - datetime.fromisoformat(one["recorded_at"]).timestamp()) * 1000
                    for one in told["items"]
                ]
            elif told.get("kind") == "sos.raised":
                self.heard.setdefault(told["subject"], []).append(arrived_s)

    def close(self) -> None:
        for line in self._left:
            line.close()
        self._selector.close()


def measure(stand: Stand, scale: Scale) -> Findings:
    """Rounds of: everybody moves each second, and a call for help every half second."""
    stand.fill("frontage", zones=scale.match_zones[0], township_vertices=scale.township_vertices)
    findings = Findings(f"实时 live, {scale.live_officers} officers to {scale.live_dispatchers} dispatchers")
    rows: dict[str, list[float]] = {}
    with stand.serve(dispatchers=scale.live_dispatchers) as server:
        put_on_duty(stand, scale.live_officers)
        for _ in range(scale.rounds):
            for name, value in _round(stand, server, seconds=max(1.5, scale.round_s)).items():
                rows.setdefault(name, []).append(value)
    findings.add("求助到全部派遣端 call to the streams of all dispatchers, p50", "ms", rows["p50"])
    findings.add(
        "求助到全部派遣端,最慢 the slowest stream of the slowest call", "ms", rows["max"], target=TARGET_MS
    )
    findings.add("位置到派遣端 position to stream, p50", "ms", rows["position"])
    findings.add("推送量 told to all of them", "kB/s", rows["kbytes"])
    for name in ("server", "postgres"):
        findings.add(f"处理器 processor: {name}", "s/s", rows[name])
    findings.notes += [
        "Every officer moves once a second, and positions are told once a second (stream_positions_ms): how old one is "
        "when it is told depends on how the two fall together.",
        f"One call for help every {_CALL_EVERY_S} s over HTTP; each came once on each stream; two server processes.",
    ]
    return findings


def _round(stand: Stand, server: Server, *, seconds: float) -> dict[str, float]:
    screens, over, failed = _Screens(server), threading.Event(), list[BaseException]()

    def walk() -> None:
        with connected(stand.url("frontage")) as connection, connection.cursor() as cursor:
            while not over.wait(1.0):
                cursor.execute(MOVE)

    threads = [_thread(what, over, failed) for what in (walk, lambda: screens.read_until(over))]
    try:
        with cpu_spent(server.families) as spent:
            began_s = time.monotonic()
            sent = _call(server, seconds, over)
            _wait_for(screens, sent, len(server.dispatchers), over)
            took_s = time.monotonic() - began_s
    finally:
        over.set()
        for thread in threads:
            thread.join()
        screens.close()
    if failed:
        raise failed[0]
    slowest_ms = [(max(screens.heard[call]) - at_s) * 1000 for call, at_s in sent.items()]
    return {
        "p50": statistics.median(slowest_ms),
        "max": max(slowest_ms),
        "position": statistics.median(screens.late_ms),
        "kbytes": screens.bytes / 1000 / took_s,
        "server": spent["server"] / took_s,
        "postgres": spent["postgres"] / took_s,
    }


def _thread(what: Callable[[], None], over: threading.Event, failed: list[BaseException]) -> threading.Thread:
    """A thread that has begun; what it raises ends the round."""

    def run() -> None:
        try:
            what()
        except BaseException as error:
            failed.append(error)
            over.set()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def _call(server: Server, seconds: float, over: threading.Event) -> dict[str, float]:
    """Calls for help for so many seconds; when each was about to be sent, by its id."""
    line = http.client.HTTPConnection(server.host, server.port, timeout=_OPEN_TIMEOUT_S)
    headers = {"Authorization": f"Bearer {server.tokens[0]}", "Content-Type": "application/json"}
    body = json.dumps({"position": {"lon": 121.07, "lat": 32.07, "datum": "wgs84", "accuracy_m": 8}})
    sent: dict[str, float] = {}
    until_s = time.monotonic() + seconds
    while time.monotonic() < until_s and not over.is_set():
        call = str(uuid4())
        sent[call] = time.time()
        line.request("PUT", f"/api/v1/sos/{call}", body, headers)
        answer = line.getresponse()
        answer.read()
        if answer.status != 201:
            raise load.RoundVoid(f"a call for help was answered {answer.status}")
        time.sleep(_CALL_EVERY_S)
    line.close()
    return sent


def _wait_for(screens: _Screens, sent: dict[str, float], streams: int, over: threading.Event) -> None:
    give_up_s = time.monotonic() + _HEARD_WITHIN_S
    while any(len(screens.heard.get(call, ())) < streams for call in sent) and not over.is_set():
        if time.monotonic() > give_up_s:
            raise load.RoundVoid("a call for help was not told to everybody")
        time.sleep(0.01)
    if any(len(screens.heard.get(call, ())) > streams for call in sent):
        raise load.RoundVoid("a call for help was told twice")
