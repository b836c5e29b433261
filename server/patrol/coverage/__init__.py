"""Coverage: what was looked at, what is due by the patrol plans, what is late, and a round over it."""
