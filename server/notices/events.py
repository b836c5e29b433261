"""What can be told of, by the name under which it stands in the outbox; the catalogues word each under `event.<name>`.

A channel subscribes by patterns (`case.*`), so an event that comes later is told without anybody changing a channel.
"""

EVENTS = (
    "case.opened",
    "case.registered",
    "case.refused",
    "case.dispatched",
    "case.accepted",
    "case.returned",
    "case.started",
    "case.replied",
    "case.passed",
    "case.reworked",
    "case.closed",
    "case.reopened",
    "case.extension_requested",
    "case.extension_approved",
    "case.extension_refused",
    "case.suspended",
    "case.resumed",
    "case.cancelled",
    "case.merged",
    "case.split",
    "case.transferred",
    "case.assisted",
    "case.milestone_reached",
    "case.escalated",
    "clock.yellow",
    "clock.red",
    "clock.overdue",
    "clock.escalated",
    "handover.alarm",
    "notice.test",
)
