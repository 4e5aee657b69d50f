"""Template filters shared by all pages."""
