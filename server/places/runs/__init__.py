"""Runs: imports and drawings that go on after their request, done by the worker and told while they are done."""
