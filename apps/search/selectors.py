"""Hybrid search: full text and nearness of meaning, fused by rank, within what the viewer may see."""

import logging
import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection, transaction
from pgvector import Vector

from apps.core.models import Viewer
from apps.core.text import clean_text
from apps.search import embedders, registry
from apps.search.registry import Index

logger = logging.getLogger(__name__)

LONGEST_QUERY = 1_000
MOST_HITS = 100
# A hit by meaning alone must be at least this near (cosine 0.15); measured for the local model.
_FARTHEST = 0.85
_CANDIDATES = 100
# Two texts of this cosine say much the same, and of the larger one nearly the same. Measured for the local model on
# titles and descriptions of real use cases: of pairs at random, one in a thousand is above 0.47. Fewer characters than
# the last say too little to compare.
ALIKE, NEARLY_THE_SAME = 0.5, 0.75
SHORTEST_MEANING = 12

# Reciprocal rank fusion (Cormack, Clarke, Büttcher 2009) with its usual constant of 60. The words of the query are
# joined by OR, since AND finds nothing for a question; the plain words must mean something in English, or every
# text with a "the" would match. A text that has all the words is ranked in one list more: else `UC-000123` would
# lose to texts that are a little near in both other lists. A vector of zeros has no distance (NaN), which is not
# <= anything.
# Whether the viewer may see a text is asked of the best first, one by one, until enough are found: gathering all that
# somebody may see takes longer than the search. The planner must neither ask it before ranking (the first OFFSET 0)
# nor gather (the one in _VISIBLE), and "IS TRUE" keeps it from becoming a join, which would bar the vector index.
_FUSION = """
WITH asked AS (
    SELECT replace(plainto_tsquery('english', %s)::text, ' & ', ' | ')::tsquery || coalesce((
        SELECT string_agg('''' || lexeme || '''', ' | ')::tsquery FROM unnest(to_tsvector('simple', %s))
        WHERE plainto_tsquery('english', lexeme)::text <> ''), ''::tsquery) AS query,
        plainto_tsquery('english', %s) AS all_words
),
matching AS (
    SELECT d.id, d.rank, d.has_all FROM (
        SELECT id, kind, object_id, ts_rank(words, (SELECT query FROM asked), 1) AS rank,
            words @@ (SELECT all_words FROM asked) AS has_all
        FROM search_searchdocument WHERE words @@ (SELECT query FROM asked)
        ORDER BY has_all DESC, rank DESC, id OFFSET 0
    ) d
    WHERE ({visible}) IS TRUE
    LIMIT %s
),
nearest AS (
    SELECT d.id, d.embedding <=> %s::vector AS distance
    FROM search_searchdocument d
    WHERE ({visible}) IS TRUE AND d.embedder = %s AND d.embedder_revision = %s
    ORDER BY d.embedding <=> %s::vector LIMIT %s
),
places AS (
    SELECT id, row_number() OVER (ORDER BY rank DESC, id) AS place FROM matching
    UNION ALL
    SELECT id, row_number() OVER (ORDER BY rank DESC, id) FROM matching WHERE has_all
    UNION ALL
    SELECT id, row_number() OVER (ORDER BY distance, id) FROM nearest WHERE distance <= %s
),
fused AS (
    SELECT id, sum(1.0 / (60 + place))::float AS score FROM places GROUP BY id ORDER BY score DESC, id LIMIT %s
)
SELECT d.kind, d.object_id, d.title, score, ts_headline('english', d.body, (SELECT query FROM asked),
    'StartSel="", StopSel="", MaxFragments=1, MaxWords=30, MinWords=15')
FROM fused JOIN search_searchdocument d USING (id) ORDER BY score DESC, d.id
"""
# By meaning alone. The embeddings of one kind are compared, so the search goes on until enough of it are found.
_NEAREST = """
SELECT d.object_id, 1 - (d.embedding <=> %s::vector) AS nearness
FROM search_searchdocument d
WHERE ({visible}) IS TRUE AND d.embedder = %s AND d.embedder_revision = %s AND d.object_id <> %s
ORDER BY d.embedding <=> %s::vector LIMIT %s
"""
_VISIBLE = "(d.kind = %s AND EXISTS (SELECT FROM ({rows}) v(pk) WHERE v.pk = d.object_id::uuid OFFSET 0))"


@dataclass(frozen=True)
class Hit:
    """One thing found. `snippet` is plain text of its body around the words asked for."""

    kind: str
    label: str
    title: str
    url: str
    object: Any
    score: float
    snippet: str


@dataclass(frozen=True)
class Near:
    """A thing of like meaning; `nearness` is the cosine of the two embeddings, 1 for the same words."""

    object: Any
    url: str
    nearness: float


@dataclass(frozen=True)
class _Place:
    """A row of the fused ranking, before its thing is fetched."""

    kind: str
    object_id: str
    title: str
    score: float
    snippet: str


def search(
    text: str,
    *,
    viewer: Viewer,
    kinds: Collection[str] | None = None,
    limit: int = 20,
) -> list[Hit]:
    """The best hits for `text` among what `viewer` may see, best first; at most 100.

    A text without letters or digits finds nothing; only the first 1,000 characters count. The number of queries
    depends on the kinds found alone. Without its embedder, search goes on with full text.
    """
    asked = clean_text(text)[:LONGEST_QUERY].strip()
    indexes = {index.kind: index for index in registry.all_indexes() if kinds is None or index.kind in kinds}
    visible, params = _visible(indexes.values(), viewer)
    if not visible or not any(character.isalnum() for character in asked):
        return []
    places = _rank(visible, params, asked, max(1, min(limit, MOST_HITS)))
    return _hits(places, indexes, viewer)


def similar(kind: str, text: str, viewer: Viewer, limit: int = 5, *, least: float = ALIKE, but: str = "") -> list[Near]:
    """The things of one kind whose meaning is nearest to `text`, nearest first, among what `viewer` may see.

    At least `least` near; never the thing with the id `but`. A text too short to mean anything finds nothing, and
    without an embedder nothing is found. Raises KeyError for an unregistered kind.
    """
    index = registry.of(kind)
    asked = clean_text(text)[:LONGEST_QUERY].strip()
    visible, params = _visible([index], viewer)
    name, revision, vector = _embedded(asked) if visible and len(asked) >= SHORTEST_MEANING else ("", "", None)
    if vector is None:
        return []
    with transaction.atomic(), connection.cursor() as cursor:
        _let_go_on(cursor)
        cursor.execute(
            _NEAREST.replace("{visible}", visible),
            [vector, *params, name, revision, but, vector, max(1, min(limit, MOST_HITS))],
        )
        # A vector of zeros has no distance (NaN), which is not >= anything.
        near = {key: nearness for key, nearness in cursor.fetchall() if nearness >= least}
    rows = {str(row.pk): row for row in index.visible(viewer).filter(pk__in=near)} if near else {}
    return [Near(rows[key], index.url(rows[key]), nearness) for key, nearness in near.items() if key in rows]


def _visible(indexes: Collection[Index], viewer: Viewer) -> tuple[str, list[Any]]:
    """The condition, with its parameters, that the viewer may see what row `d` is of; "" for nothing."""
    parts: list[str] = []
    params: list[Any] = []
    for index in indexes:
        try:
            sql, inner = index.visible(viewer).order_by().values("pk").query.sql_with_params()
        except EmptyResultSet:
            continue
        # Made of the ORM's own SQL; values travel as parameters.
        parts.append(_VISIBLE.replace("{rows}", sql))
        params += [index.kind, *inner]
    return " OR ".join(parts), params


def _rank(visible: str, params: list[Any], text: str, limit: int) -> list[_Place]:
    plain = re.sub(r"[\W_]+", " ", text)
    name, revision, vector = _embedded(text)
    with transaction.atomic(), connection.cursor() as cursor:
        _let_go_on(cursor)
        cursor.execute(
            _FUSION.replace("{visible}", visible),
            [
                text, plain, plain, *params, _CANDIDATES,
                vector, *params, name, revision, vector, _CANDIDATES, _FARTHEST, limit,
            ],
        )  # fmt: skip
        return [_Place(*row) for row in cursor.fetchall()]


def _let_go_on(cursor: Any) -> None:
    """The vector index yields its nearest first and filters afterwards: let it go on until enough are left."""
    cursor.execute(
        "SELECT set_config('hnsw.iterative_scan', 'strict_order', true), set_config('hnsw.ef_search', %s, true)",
        [str(_CANDIDATES)],
    )


def _embedded(text: str) -> tuple[str, str, str | None]:
    """Name and revision of the embedder and the text's vector in PostgreSQL's spelling, None without an embedder."""
    try:
        embedder = embedders.current()
        return embedder.name, embedder.revision, Vector(embedder.embed([text])[0]).to_text()
    except embedders.EmbeddingError as error:
        logger.warning("Searching by words alone: %s", error)
        return "", "", None


def _hits(places: list[_Place], indexes: dict[str, Index], viewer: Viewer) -> list[Hit]:
    things: dict[tuple[str, str], Any] = {}
    for kind in dict.fromkeys(place.kind for place in places):
        ids = [place.object_id for place in places if place.kind == kind]
        rows = indexes[kind].visible(viewer).filter(pk__in=ids)
        things |= {(kind, str(row.pk)): row for row in rows}
    found = [(place, things.get((place.kind, place.object_id))) for place in places]
    return [_hit(place, indexes[place.kind], thing) for place, thing in found if thing is not None]


def _hit(place: _Place, index: Index, thing: Any) -> Hit:
    return Hit(place.kind, index.label, place.title, index.url(thing), thing, place.score, place.snippet)
