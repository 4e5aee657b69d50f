"""The way between pages of a list that is no table."""

from dataclasses import dataclass
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpRequest

PER_PAGE = 50


@dataclass(frozen=True)
class Ways:
    """What `components/pages.html` draws: which rows these are, and the addresses around."""

    span: str
    previous: str
    next: str
    top: str = ""


def paged(request: HttpRequest, rows: QuerySet[Any]) -> tuple[list[Any], Ways]:
    """The rows of `?page=`, the nearest one for a number that is none, and the ways from there."""
    page: Page[Any] = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    span = f"{page.start_index():,}–{page.end_index():,} of {page.paginator.count:,}"
    before = _address(request, page.previous_page_number()) if page.has_previous() else ""
    after = _address(request, page.next_page_number()) if page.has_next() else ""
    return list(page.object_list), Ways(span, before, after)


def _address(request: HttpRequest, number: int) -> str:
    query = request.GET.copy()
    query["page"] = str(number)
    return f"{request.path}?{query.urlencode()}"
