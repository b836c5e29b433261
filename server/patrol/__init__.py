"""Patrol: who is on duty, where they go, which fronts they saw, and what nobody has looked at."""
