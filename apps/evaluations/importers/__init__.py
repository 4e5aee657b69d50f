"""Readers of test sets in other people's formats; a new format is one module here."""
