"""The live feed: what changed, as a stream of server-sent events and as pages for those who poll."""
