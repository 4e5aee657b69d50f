"""What Home shows to whom: the roles a person holds decide which parts there are."""

from dataclasses import dataclass
from typing import Any

from django.db.models import F

from apps.accounts import access
from apps.accounts import selectors as accounts
from apps.accounts.models import Role, User
from apps.catalog import selectors as catalog
from apps.core.charts import Chart
from apps.core.details import Step, steps
from apps.evaluations import selectors as evaluations
from apps.portal.selectors import reports, work
from apps.prompts import selectors as prompts
from apps.usecases.models import Stage

_NEEDS, _ROWS = 8, 6


@dataclass(frozen=True)
class MyCase:
    """One of the person's cases with its way through the stages."""

    case: Any
    steps: list[Step]


@dataclass(frozen=True)
class Home:
    """The parts of Home; None is a part that this person's roles do not ask for."""

    needs: list[work.Need]
    count: int
    tokens: list[Any] | None = None
    cases: list[MyCase] | None = None
    behind: list[Any] | None = None
    runs: Any = None
    endpoints: list[Any] | None = None
    funnel: Chart | None = None
    snippet: str = ""


def at_home(person: User, *, site: str) -> Home:
    """The parts for `person`; `site` is the portal's address for the API's example call."""
    roles = access.roles_of(person)
    engineers, architects = Role.AI_ENGINEER in roles, Role.ARCHITECT in roles
    governs = architects or not roles.isdisjoint({Role.STEWARD, Role.AUDITOR, Role.ADMINISTRATOR})
    mine = _cases(person)
    runs = evaluations.runs(viewer=person)
    return Home(
        needs=work.needs(person, shown=_NEEDS),
        count=work.open_count(person),
        tokens=list(accounts.expiring_tokens(person)[:_ROWS]) if engineers else None,
        cases=mine if mine or Role.BUSINESS_OWNER in roles or not roles else None,
        behind=_behind(person) if engineers else None,
        runs=runs[:_ROWS] if engineers or not governs else None,
        endpoints=list(catalog.endpoints(viewer=person).order_by("-created_at")[:_ROWS]) if architects else None,
        funnel=reports.report("funnel", viewer=person) if governs else None,
        snippet=f'curl -H "Authorization: Bearer $COE_TOKEN" {site}/api/v1/use-cases/' if engineers else "",
    )


def _cases(person: User) -> list[MyCase]:
    return [MyCase(case, steps(Stage.choices, at=case.stage)) for case in work.my_cases(person)[:_ROWS]]


def _behind(person: User) -> list[Any]:
    """Prompts whose newest version is not the one in production."""
    found: Any = prompts.prompts(viewer=person)
    return list(found.filter(production__lt=F("latest"))[:_ROWS])
