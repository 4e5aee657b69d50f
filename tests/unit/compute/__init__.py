"""Rules of the app compute."""
