"""Enforcement on a case: steps with officers, delegations, legal review, decisions, and their clocks."""
