"""Doorbells: each takes ids and makes one call."""
