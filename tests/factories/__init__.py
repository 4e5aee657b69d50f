"""Factories, one app a file."""
