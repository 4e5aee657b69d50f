"""How the site is watched and kept: health, metrics, logs, traces, headers, backup and restore."""
