"""Comments over the API."""
