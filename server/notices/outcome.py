"""What became of one try to send, and why it did not arrive: codes for programs, worded in the message catalogues."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Trouble(Enum):
    """Why a message did not arrive; sentences stand in the catalogues under `delivery.<value>`."""

    ADDRESS_REFUSED = "address_refused"
    NAME_UNKNOWN = "name_unknown"
    UNREACHABLE = "unreachable"
    TIMED_OUT = "timed_out"
    NOT_TRUSTED = "not_trusted"
    REDIRECTED = "redirected"
    ANSWERED_ERROR = "answered_error"
    ROBOT_REFUSED = "robot_refused"
    RECIPIENT_REFUSED = "recipient_refused"
    NO_MAIL_SERVER = "no_mail_server"
    SEAL_BROKEN = "seal_broken"
    DEFECT = "defect"


@dataclass(frozen=True)
class Outcome:
    """How one try ended.

    Attributes:
        word: `sent`; `refused`, which is about this message; `failed`, which is about the host.
        trouble: why, unless it was sent.
        status: the answer's status, where there was an answer.
    """

    word: str
    trouble: Trouble | None = None
    status: int | None = None


def sent(status: int | None = None) -> Outcome:
    return Outcome("sent", None, status)


def refused(trouble: Trouble, status: int | None = None) -> Outcome:
    """The host is well, it does not want this message."""
    return Outcome("refused", trouble, status)


def failed(trouble: Trouble, status: int | None = None) -> Outcome:
    """The host, or the way to it, would refuse any message now."""
    return Outcome("failed", trouble, status)
