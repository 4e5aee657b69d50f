"""Rules of the app evaluations."""
