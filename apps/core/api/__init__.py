"""What every part of `/api/v1/` shares: the base view, reading what is sent, answering, and refusing."""

from apps.core.api.answers import Shown, answers, created
from apps.core.api.problems import Problem, problem_details
from apps.core.api.reading import Body, Listing, Named, Query, SubjectField, read_body, read_query
from apps.core.api.resource import Pages, Resource, page

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
