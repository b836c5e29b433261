"""The red and black list: a ledger of events a subject, ratings by formula, publication, appeal and correction."""
