"""Papers that are made out, signed and served: letters, notices, decisions, consents; how each reached its reader."""
