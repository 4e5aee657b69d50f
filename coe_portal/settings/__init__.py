"""Settings: what all sites share (base) and what each kind adds (dev, test, prod)."""
