"""Campaigns: a set of zones, a period, a checklist, and how far each township has come."""
