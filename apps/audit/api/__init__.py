"""The audit trail over the API."""
