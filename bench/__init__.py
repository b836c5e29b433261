"""Measured claims: `python -m bench` prints every figure of the documentation beside its limit in the same run."""
