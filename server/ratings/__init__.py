"""Ratings of subjects: ledgers of scores, red and black lists worked out from them, notices, appeals, corrections."""
