"""What every part of `/api/v1/` shares: the base view, reading what is sent, answering, guarding, and refusing."""

from apps.core.api.answers import Shown, answers, created
from apps.core.api.guards import changes, creates
from apps.core.api.pages import Cursors, Pages, page
from apps.core.api.problems import Problem, problem_details
from apps.core.api.reading import (
    Body,
    ChangeBody,
    CursorListing,
    Listing,
    Named,
    Ordering,
    Query,
    SubjectField,
    Written,
    read_body,
    read_query,
)
from apps.core.api.resource import Resource

__all__ = [
    "Body",
    "ChangeBody",
    "CursorListing",
    "Cursors",
    "Listing",
    "Named",
    "Ordering",
    "Pages",
    "Problem",
    "Query",
    "Resource",
    "Shown",
    "SubjectField",
    "Written",
    "answers",
    "changes",
    "created",
    "creates",
    "page",
    "problem_details",
    "read_body",
    "read_query",
]
