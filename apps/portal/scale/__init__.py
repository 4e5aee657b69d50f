"""A large organisation made up of word lists, for measuring: the same rows for the same size, and no real person.

It writes in bulk past the services, which nothing else may: a hundred thousand registrations one by one would take an
hour. Every constraint and trigger of PostgreSQL holds all the same.
"""

from apps.portal.scale.sizes import FULL, SMALL, Size

__all__ = ["FULL", "SMALL", "Size"]
