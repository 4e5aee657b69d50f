"""Addresses of people and access."""
