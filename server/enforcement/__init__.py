"""Enforcement: proceedings on a case, step by step, each with its officers, its conditions and its paper."""
