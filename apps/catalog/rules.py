"""Which keys an endpoint may name."""


def key_problem(variable: str, *, prefix: str) -> str:
    """What is wrong with naming the environment variable `variable` as a key, in words, or ""."""
    if variable and not (variable.startswith(prefix) and variable.replace("_", "").isalnum() and variable.isascii()):
        return f"Name an environment variable of the workers that starts with {prefix}, never the key itself."
    return ""
