"""What only the whole portal can answer over the API."""
