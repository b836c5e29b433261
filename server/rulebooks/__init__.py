"""Rulebooks: whatever a practice goes by as data with a source, in force from a day on. One table for all kinds."""
