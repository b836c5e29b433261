"""First offences, light offences and mitigation: which conditions hold and why; it never decides alone."""
