"""Prompts, their immutable versions, labels and rendering."""
