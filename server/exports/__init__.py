"""What leaves the system about a case: the evidence bundle, the printable case file, stamped copies of photos."""
