"""Base model, references, errors, hashing and the shared page and API mechanics; imports no app."""
