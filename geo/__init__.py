"""Pure geography of Frontage: datums, the metric plane, matching, hints and the geometry guard.

It imports the standard library, numpy, shapely and pyproj only. Clock, database and configuration arrive as
arguments, so the server and a batch job that call the same function get the same answer.
"""
