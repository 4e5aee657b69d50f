"""The portal's apps, one room each; storeys are held by the import contract in pyproject.toml."""
