"""Puts the made-up organisation together."""

from collections.abc import Callable
from random import Random

from django.db import connection

from apps.audit import services as audit
from apps.core.refs import Ref
from apps.portal.scale import people, registry, runs, shelves
from apps.portal.scale.sizes import Size
from apps.prompts.models import Prompt
from apps.search import services as search


def is_loaded() -> bool:
    """Whether it is there already."""
    return Prompt.objects.filter(slug="scale-1").exists()


def load(size: Size, say: Callable[[str], None]) -> None:
    """Write everything, say what was written, and index it for search."""
    random = Random(20_261_121)  # noqa: S311 the same organisation every time
    units = people.units(size, random)
    teams = people.teams(size, units, random)
    everyone = people.people(size, random)
    people.roles(size, everyone, teams, units, random)
    say(f"{len(everyone):,} people in {len(teams):,} teams of {len(units):,} units")
    versions = shelves.prompts(size, teams, everyone, random)
    endpoints = shelves.endpoints(size, everyone, random)
    data = shelves.datasets(size, teams, everyone, random)
    runs.runs(size, (versions, endpoints, data), everyone, random)
    say(f"{size.prompts:,} prompts, {size.datasets:,} datasets, {size.runs:,} evaluations")
    left = size.reviews
    for batch in registry.cases(size, units, teams, everyone, (versions, endpoints), random):
        registry.reviews(batch[: max(0, left)], everyone, random)
        registry.comments(size.comments * len(batch) // size.cases, batch, everyone, random)
        left -= len(batch)
    say(f"{size.cases:,} cases, {size.reviews:,} reviews, {size.comments:,} comments")
    audit.record_now(action="scale.seeded", subject=Ref("portal", "scale"), by=None, cases=size.cases)
    outcome = search.reindex()
    say(f"{outcome.written:,} rows in the search index")
    _analyse()


def _analyse() -> None:
    """Tell the planner how many rows there are, as autovacuum would a minute later."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
