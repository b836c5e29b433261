"""Letting off and punishing less: first offences, which lists apply and why, what was decided and waived."""
