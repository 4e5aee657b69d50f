"""The API bombarded with what its document allows and forbids."""
