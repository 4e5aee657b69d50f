"""Pages across apps: home, search, and the table of reactions to events."""
