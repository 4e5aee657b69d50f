"""Rules of the app notifications."""
