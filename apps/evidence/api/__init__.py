"""Evidence over the API."""
