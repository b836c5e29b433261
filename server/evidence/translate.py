"""Faults of evidence as problems a client can be told; the faults themselves know nothing of HTTP."""

from __future__ import annotations

from server.evidence.faults import (
    EvidenceFault,
    InspectorUnavailable,
    PhotoNotHeld,
    PhotoRefused,
    PhotoTooLarge,
    StorageFull,
)
from server.problems.base import Problem
from server.problems.reports import PhotoUnusable
from server.problems.request import BodyTooLarge, Internal, NotFound, Unavailable
from server.problems.request import StorageFull as StorageFullProblem


def to_problem(fault: EvidenceFault) -> Problem:
    """The problem of one fault; storage that is broken rather than full is tried again later like a database."""
    match fault:
        case PhotoRefused():
            return PhotoUnusable(fault.code, detail=fault.message)
        case PhotoTooLarge():
            return BodyTooLarge(limit_bytes=fault.limit_bytes)
        case StorageFull():
            return StorageFullProblem()
        case PhotoNotHeld():
            return NotFound()
        case InspectorUnavailable():
            return Unavailable()
        case _:
            return Unavailable() if fault.__cause__ is not None else Internal()
