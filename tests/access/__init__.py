"""The access sweep: every route × method × actor × object, against one table that people can read."""
