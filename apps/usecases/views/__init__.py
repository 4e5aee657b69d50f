"""Pages of the registry."""

from apps.usecases.views.listing import CASES

__all__ = ["CASES"]
