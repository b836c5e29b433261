"""Responsible subjects: who answers for the strip before a door, on which days, and what became of them."""
