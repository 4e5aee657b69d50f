"""People and access over the API."""
