"""Commands of the use-case registry."""
