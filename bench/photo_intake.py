"""W1b: an intake over HTTP with one photo a report, beside threads that only hash, read EXIF, write and fsync.

The server decodes every photo to its end in a limited child process, which that limit does not: so the share of it is
told, and the ratio to the same limit with the same decoding added.
"""

from __future__ import annotations

from itertools import islice

from bench import load
from bench.figures import Findings, Target
from bench.ground import Streets
from bench.keeping import THREADS, photos_per_s
from bench.patrol import walks
from bench.photos import PhotoMaker
from bench.processes import MemoryWatch, cpu_spent
from bench.scale import Scale
from bench.stand import Server, Stand, connected

CONNECTIONS = 4
TARGET, STRETCH = Target(0.40), Target(0.60)
RSS_TARGET_MB = Target(300, at_least=False, absolute=True)
MB = 1_000_000
# Rounds of other parts have the numbers below.
_FIRST_ROUND = 20
_MADE_PER_S = 1000
GENERATOR = "load generator"


def measure(stand: Stand, scale: Scale) -> Findings:
    """Rounds of: limit, HTTP, limit with decoding."""
    stand.fill("frontage", zones=scale.zones, township_vertices=scale.township_vertices)
    maker = PhotoMaker.make(scale.photo_px, scale.photo_bytes)
    findings = Findings(f"W1b 带照片上报 intake over HTTP, one photo of {_told(maker, scale)}")
    bare: list[float] = []
    decoded: list[float] = []
    loads: list[load.Load] = []
    cpu_ms: dict[str, list[float]] = {}
    with stand.serve(scale.officers) as server:
        _send(stand, server, maker, scale, _FIRST_ROUND - 1, count=8)  # decoding processes, pools, folders
        for number in range(_FIRST_ROUND, _FIRST_ROUND + scale.rounds):
            bare.append(photos_per_s(stand.var / "limit", maker, seconds=scale.limit_round_s, decoding=False))
            with cpu_spent(server.families) as spent:
                told = _send(stand, server, maker, scale, number, seconds=scale.round_s)
            loads.append(told)
            for name, seconds in {**spent, GENERATOR: told.generator_cpu_s}.items():
                cpu_ms.setdefault(name, []).append(seconds / told.replies * 1000)
            decoded.append(
                photos_per_s(stand.var / "limit", maker, seconds=scale.limit_round_s, decoding=True)
            )
    http = [told.per_s for told in loads]
    does = "hash + EXIF + write + fsync"
    findings.add(f"极限 limit: {THREADS} threads, {does}", "/s", bare)
    findings.add("极限加解码 the same, and the same decoding", "/s", decoded)
    findings.add(
        f"HTTP 上报 intake, {CONNECTIONS} connections", "/s", http, limit=bare, target=TARGET, stretch=STRETCH
    )
    findings.add("同上,对含解码的极限 against the limit with decoding", "/s", http, limit=decoded)
    findings.add("HTTP p50", "ms", [told.p50_ms for told in loads])
    findings.add("HTTP p99", "ms", [told.p99_ms for told in loads])
    for name, rounds in cpu_ms.items():
        findings.add(f"每次上报的处理器时间 CPU per report: {name}", "ms", rounds)
    served = [sum(cpu_ms[name][i] for name in cpu_ms if name != GENERATOR) for i in range(scale.rounds)]
    share = [decoding / all_ for decoding, all_ in zip(cpu_ms["decoding"], served, strict=True)]
    findings.add("解码占比 share of decoding in what a report costs", "", share)
    findings.notes += [
        "Every reply was 201; each photo is in the store and in the database. Load: Python threads in this process.",
        "The worker does not run: thumbnails are jobs and wait.",
    ]
    return findings


def measure_memory(stand: Stand, scale: Scale) -> Findings:
    """Resident memory of each server process, and of what decodes beside it, while it takes photos."""
    stand.fill("frontage", zones=scale.zones, township_vertices=scale.township_vertices)
    maker = PhotoMaker.make(scale.photo_px, scale.photo_bytes)
    findings = Findings(f"内存 memory while taking {scale.memory_photos} photos of {_told(maker, scale)}")
    with stand.serve(scale.officers) as server:
        with MemoryWatch(server.families) as idle:
            _send(stand, server, maker, scale, _FIRST_ROUND - 2, count=2 * CONNECTIONS)
        with MemoryWatch(server.families) as watch:
            _send(stand, server, maker, scale, _FIRST_ROUND - 3, count=scale.memory_photos)
    for number, (pid, peak) in enumerate(sorted(watch.workers.items()), 1):
        findings.add(
            f"服务进程 server process {number}, peak",
            "MB",
            [peak / MB],
            limit=[idle.workers[pid] / MB],
            target=RSS_TARGET_MB,
        )
    findings.add("解码进程最大 largest decoding process", "MB", [max(watch.decoding.values()) / MB])
    findings.add("所有解码进程合计 all decoding processes at once", "MB", [watch.decoding_together / MB])
    findings.notes += [
        f"{watch.samples} samples, one each {watch.every_s * 1000:.0f} ms; {CONNECTIONS} connections; limit: after "
        f"{2 * CONNECTIONS} photos. Pages shared between processes count for each.",
    ]
    return findings


def _told(maker: PhotoMaker, scale: Scale) -> str:
    width, height = scale.photo_px
    return f"{width * height / 1e6:.3g} megapixels, {len(maker.common) / MB:.2f} MB"


def _send(
    stand: Stand,
    server: Server,
    maker: PhotoMaker,
    scale: Scale,
    number: int,
    *,
    seconds: float | None = None,
    count: int | None = None,
) -> load.Load:
    """One round over HTTP, for so long or so many; rows and files are counted against the replies."""
    before = _kept(stand)
    made = count if count is not None else int(_MADE_PER_S * (seconds or 0))
    given = walks(Streets(scale.zones), officers=len(server.tokens), round_=number, count=made)
    messages = islice(maker.messages(given), made)
    told = load.send_with_threads(server, messages, connections=CONNECTIONS, seconds=seconds)
    if seconds is not None and told.replies >= made:
        raise load.RoundVoid(f"the {made} reports made before the round did not last {seconds} s")
    after = _kept(stand)
    gained = tuple(now - then for now, then in zip(after, before, strict=True))
    if gained != (told.replies, told.replies):
        raise load.RoundVoid(f"{told.replies} replies of 201, but {gained} rows and files of photos")
    return told


def _kept(stand: Stand) -> tuple[int, int]:
    """Photos in the database, photos in the store."""
    with connected(stand.url()) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM photo_arrival")
        rows = cursor.fetchall()[0][0]
    files = sum(1 for path in (stand.var / "photos").glob("??/??/*") if path.is_file())
    return int(rows), files
