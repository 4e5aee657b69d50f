"""Rules of the app reviews."""
