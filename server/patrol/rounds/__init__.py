"""Rounds that were sent to officers, and how far they have come."""
