"""How work executes: HTTP endpoints, recorded answers; the only home of model libraries."""
