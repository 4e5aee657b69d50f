"""Rules of the app usecases."""
