"""Who may set the times that hold for the whole district."""

from __future__ import annotations

KEEPERS = ("admin", "zone_manager")
"""Roles that import calendars, hours and tables of deadlines."""
