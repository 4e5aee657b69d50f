"""The prompt hub over the API."""
