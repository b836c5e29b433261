"""Duty: who is on duty and should be, where, and what they looked at by hand."""
