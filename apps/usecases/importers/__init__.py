"""Importing registries that others keep: a reader of files, one profile a source, and one service."""
