"""Evidence: photo bytes kept as they came, what can be read from them, and signatures on what was taken."""
