"""Cases: the work items reports open, and their way to closing."""
