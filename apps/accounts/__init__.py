"""People, business units and roles; `access` alone answers who may do what."""
