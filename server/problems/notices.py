"""What can go wrong with what is told to whom."""

from __future__ import annotations

from server.problems.base import Problem


class NoticeChannelOff(Problem):
    """The channel is switched off or gone; nothing can be sent by it."""

    status, code = 409, "notice_channel_off"
