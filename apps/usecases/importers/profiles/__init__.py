"""The known profiles, by key."""

from apps.core.errors import NotFoundError
from apps.usecases.importers.profiles import federal_ai_2024, plain
from apps.usecases.importers.profiles.base import Profile

PROFILES: dict[str, Profile] = {profile.key: profile for profile in (plain.PROFILE, federal_ai_2024.PROFILE)}


def of(key: str) -> Profile:
    """The profile called `key`; raises NotFoundError naming those there are."""
    if key not in PROFILES:
        raise NotFoundError(f"There is no profile {key}. Known profiles: {', '.join(PROFILES)}.")
    return PROFILES[key]
