"""Rules of the app catalog."""
