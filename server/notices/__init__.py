"""Notices: what is told to whom, put down in the transaction that caused it."""
