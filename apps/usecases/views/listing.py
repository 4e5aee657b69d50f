"""The list of cases."""

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponseBase
from django.urls import reverse

from apps.accounts.access import Request
from apps.accounts.bulk import give_to_team
from apps.core import lists
from apps.usecases import selectors
from apps.usecases.importers.services import may_import
from apps.usecases.models import KIND, Stage, Standing, Tier, TopicArea, UseCase
from apps.usecases.views.frame import case_url, standing_badge, tier_badge

_PROVISIONAL = {"yes": True, "no": False}
_DUE = [("overdue", "Overdue"), ("soon", "Within 30 days"), ("dated", "Some day")]


def _tier(case: UseCase) -> Any:
    return tier_badge(case.effective_tier, provisional=case.tier_provisional)


def _stuck(cases: QuerySet[UseCase], values: Sequence[str]) -> QuerySet[UseCase]:
    return selectors.stuck(cases)


def _stage_open(cases: QuerySet[UseCase], values: Sequence[str]) -> QuerySet[UseCase]:
    return selectors.stage_open(cases)


def _due(cases: QuerySet[UseCase], values: Sequence[str]) -> QuerySet[UseCase]:
    return selectors.due(cases, values[0])


CASES = lists.register(
    lists.List(
        page="usecases:list",
        title="Use cases",
        lede="Every AI use case of the organisation, from idea to retirement.",
        empty="No use case is registered yet. Register the first one.",
        order="-ref",
        search=selectors.matching,
        search_hint="Title, purpose or UC-000123",
        columns=[
            lists.Column("title", "Title", lambda case: case.title, case_url, sort="title"),
            lists.Column("ref", "Reference", lambda case: case.ref, kind="ref", sort="number"),
            lists.Column("stage", "Stage", lambda case: case.get_stage_display(), sort="stage"),
            lists.Column("standing", "Standing", standing_badge, kind="status"),
            lists.Column("tier", "Risk tier", _tier, kind="status"),
            lists.Column("owner", "Owner", lambda case: case.owner, sort="owner__display_name"),
            lists.Column("unit", "Business unit", lambda case: case.business_unit, sort="business_unit__path"),
            lists.Column("topic", "Topic area", lambda case: case.get_topic_area_display(), shown=False),
            lists.Column("sponsor", "Sponsor", lambda case: case.sponsor, shown=False),
            lists.Column("due", "Review due", lambda case: case.review_due_on, kind="date", shown=False),
            lists.Column("changed", "Changed", lambda case: case.updated_at, kind="time", shown=False),
            lists.Column(
                "registered", "Registered", lambda case: case.created_at, kind="date", sort="created_at", shown=False
            ),
        ],
        facets=[
            lists.Facet("stage", "Stage", "stage", Stage.choices),
            lists.Facet("standing", "Standing", "standing", Standing.choices, narrow=selectors.of_standing),
            lists.Facet("tier", "Risk tier", "effective_tier", Tier.choices, narrow=selectors.of_tier),
            lists.Facet(
                "provisional", "Tier provisional", "tier_provisional", [("yes", "Yes"), ("no", "No")],
                parse=_PROVISIONAL.__getitem__, show=lambda value: "yes" if value in (True, "true") else "no",
            ),
            lists.Facet(
                "stuck", f"Stuck for {selectors.STUCK_AFTER_DAYS} days", choices=[("yes", "Yes")], narrow=_stuck,
                single=True, counted=False,
            ),
            lists.Facet(
                "stage_open", "Imported: stage to decide", choices=[("yes", "Yes")], narrow=_stage_open, single=True,
                counted=False,
            ),
            lists.Facet("due", "Review due", choices=_DUE, narrow=_due, single=True, counted=False),
            lists.Facet("topic", "Topic area", "topic_area", TopicArea.choices),
            lists.Facet("unit", "Business unit", "business_unit__path"),
            lists.Facet("owner", "Owner", "owner__username", label_field="owner__display_name", called="user name"),
        ],
        bulks=[give_to_team(KIND)],
    )
)  # fmt: skip


def case_list(request: Request) -> HttpResponseBase:
    """Every case that the reader may see, narrowed by words, stage, standing, tier, topic, unit and owner."""
    action = lists.Action("Register a use case", reverse("usecases:register"))
    url = reverse("usecases:import") if may_import(request.user) else ""
    rows = selectors.listed(viewer=request.user)
    return lists.answer(request, CASES, rows, action=action, template="usecases/list.html", import_url=url)
