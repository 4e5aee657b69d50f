"""Model endpoints that can be called, and recorded answers; never calls one itself."""
