"""The administrators' list of addresses that the portal may call, and an optional encrypted store of credentials."""
