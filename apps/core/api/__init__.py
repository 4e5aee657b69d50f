"""What every part of `/api/v1/` shares: the base view, reading what is sent, answering, and refusing."""

from apps.core.api.answers import Listing, Pages, Shown, answers, created, page
from apps.core.api.problems import Problem, problem_details
from apps.core.api.reading import Body, Named, Query, Resource, SubjectField, read_body, read_query

__all__ = [
    "Body",
    "Listing",
    "Named",
    "Pages",
    "Problem",
    "Query",
    "Resource",
    "Shown",
    "SubjectField",
    "answers",
    "created",
    "page",
    "problem_details",
    "read_body",
    "read_query",
]
