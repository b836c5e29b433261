"""What helps a dispatcher decide: what could be the same thing, and who could go. Nothing here decides anything."""
