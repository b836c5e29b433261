"""For each person of the trade: an account of the demo, and the address that opens on work of its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rich.cells import cell_len, set_cell_size


@dataclass(frozen=True)
class Door:
    """Who, with which account, where, and what is there to see."""

    who: str
    username: str
    path: str
    shows: str


DOORS = (
    Door("队员 officer", "officer01", "/app/officer", "上报、任务、今日轨迹 reports, tasks, today's track"),
    Door(
        "处置员 handler",
        "handler01",
        "/app/officer/tasks",
        "待签收、处置中、等核查 to accept, at work, replied",
    ),
    Door("核查员 checker", "checker06", "/app/officer/tasks", "待核查的反馈 replies to check"),
    Door("派遣员 dispatcher", "dispatcher01", "/app/dispatch", "全区案卷与地图、待定 all cases, map, triage"),
    Door("受理员 acceptor", "acceptor01", "/app/dispatch?state=reported", "待立案 to be registered"),
    Door(
        "片区负责人 zone manager",
        "zone_manager01",
        "/app/manager",
        "本周覆盖、派一轮、回放 coverage, rounds, playback",
    ),
    Door(
        "法规审核员 reviewer",
        "reviewer01",
        "/app/enforcement",
        "待法制审核、待公示、诉讼 reviews, publications, court",
    ),
    Door("诉求受理员 intake", "intake01", "/app/records", "记录;诉求经接口 records; complaints by the API"),
    Door("管理员 admin", "admin01", "/app/dispatch?state=all", "全部案卷 every case"),
)


def door_lines(url: str, accounts: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """One line a person whose account is there, columns below one another; never cut, so that it can be copied.

    Args:
        url: of the server, without a path. accounts: as in the file of the demo's accounts.
    """
    passwords = {one["username"]: one["password"] for one in accounts}
    rows = [
        (door.who, door.username, passwords[door.username], url + door.path, door.shows)
        for door in DOORS
        if door.username in passwords
    ]
    widths = [max(cell_len(cell) for cell in column) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (set_cell_size(cell, width) for cell, width in zip(row, widths, strict=True))
        yield "  ".join(cells).rstrip()
