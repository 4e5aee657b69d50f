"""The append-only, hash-chained record of who did what to which thing; refuses any change of a written row."""
