"""Zones from files: `layers.py` for what others send, with a report first; `plain.py` for our own.

This package gives the plain loader's names; the story of a foreign file starts in layers.py.
"""

from server.places.importing.plain import (
    ImportCounts,
    ImportRefused,
    ZoneIn,
    apply_zones,
    read_zones,
)

__all__ = ["ImportCounts", "ImportRefused", "ZoneIn", "apply_zones", "read_zones"]
