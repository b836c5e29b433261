"""Scored forms as data, and what was filled in by them: inspections, street scores, notes, events, runs, trainings."""
