"""Which sandbox the portal counts on; raise VERSION whenever the same question could be answered differently."""

VERSION = 1
