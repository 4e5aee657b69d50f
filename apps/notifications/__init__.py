"""Telling people, team channels and other systems what happened; ignorant of what it happened to."""
