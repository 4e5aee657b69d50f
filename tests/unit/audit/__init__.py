"""Rules of the app audit."""
