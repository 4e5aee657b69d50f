"""The registry over the API."""
