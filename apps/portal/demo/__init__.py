"""The demonstration organisation: accounts named by role, one endpoint, prompt and dataset, and a walk along them."""
