"""Webhooks and channels over the API."""
