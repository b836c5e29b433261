"""Where somebody went: playback, files and figures of shifts, and the record of who looked."""
