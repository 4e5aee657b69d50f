"""Rules of the app prompts."""
