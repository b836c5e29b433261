"""The demo district Tongzhou: real township names and codes, everything drawn on the map made up."""
