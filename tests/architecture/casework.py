"""How to try each page of a case that takes a form: with right words, so that only the person can be refused."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import Role, User
from apps.usecases import services as usecases
from apps.usecases.models import Stage, UseCase
from tests.factories import cases
from tests.factories.answers import FIRING
from tests.factories.people import person

# A form, by the name of its field.
FORMS: dict[str, dict[str, Any]] = {
    "save_draft": {"title": "Half a thought"},
    "discard_draft": {},
    "similar": {"title": "Half a thought"},
    "join": {"words": "I know the rules."},
    "section": {"version": 1, "budget": "5"},
    "rows": {"version": 1, "metric": "Euros a letter", "target": "2", "method": "Invoices."},
    "row": {"version": 1, "metric": "Minutes", "target": "3", "method": "A clock."},
    "remove_row": {"version": 1},
    "raise_tier": {"to": "HIGH", "reason": "Why."},
    # Of a case of the lowest tier, which has none below.
    "lower_tier": {"to": "ELEVATED", "reason": "Why."},
    "confirm_tier": {},
    "decline_tier": {"reason": "Why."},
    "submit": {"version": 1},
    "advance": {"version": 1},
    "retire": {"version": 1},
    "break_glass": {"version": 1, "reason": "It burns."},
    "decide_stage": {"stage": "PLAY", "reason": "They pilot it."},
}
# The same over the API: the body by the last part of the route's name.
CALLS: dict[str, dict[str, Any]] = {
    "stage": {"stage": "PLAY", "reason": "They pilot it."},
    "retire": {},
    "break-glass": {"reason": "It burns."},
    "join": {"words": "I know the rules."},
}
_NAMELESS = ("save_draft", "discard_draft", "similar")
_PLACES = {"section": ["cost"], "rows": ["value"]}


def attempts(case: UseCase, rows: Mapping[str, Any]) -> dict[tuple[str, str], tuple[str, list[dict[str, Any]]]]:
    """(route, method) → the address, and the bodies to try; `rows` are the case's, by the part of its record."""
    row, soon = ["value", rows["value"].pk], str(timezone.now().date() + timedelta(days=30))
    places = {**_PLACES, "row": row, "remove_row": row}
    version = UseCase.objects.values_list("version", flat=True).get(pk=case.pk)
    found: dict[tuple[str, str], tuple[str, list[dict[str, Any]]]] = {}
    for name, form in FORMS.items():
        args = [] if name in _NAMELESS else [case.ref, *places.get(name, [])]
        body = {**form, **({"version": version} if "version" in form else {})}
        body |= {"expires_on": soon} if name == "lower_tier" else {}
        found[f"usecases:{name}", "POST"] = (reverse(f"usecases:{name}", args=args), [body])
    for name, body in CALLS.items():
        route = f"api-use-case-{name}"
        found[route, "POST"] = (reverse(route, args=[case.ref]), [body])
    return found


def ready(doer: User) -> dict[str, str]:
    """Deed → the reference of a case on which this person, who has every role, can do it."""
    free, cleared, joinable, plain = cases.case(by=doer), cases.case(by=doer), cases.case(), cases.weighed(cases.case())
    cases.decided(cases.submitted(cleared))
    costly, waiting = (cases.weighed(cases.case(), **FIRING["costly"]) for _ in range(2))
    soon = timezone.now().date() + timedelta(days=30)
    usecases.propose_lower_tier(
        use_case=waiting, to="STANDARD", reason="Why.", expires_on=soon, by=person(Role.STEWARD)
    )  # fmt: skip
    found = {
        "submit": free, "advance": cleared, "retire": _settled(doer), "join": joinable, "raise": plain,
        "lower": costly, "confirm": waiting, "decline": waiting,
    }  # fmt: skip
    return {deed: case.ref for deed, case in found.items()}


def _settled(owner: User) -> UseCase:
    """A case of which everything is settled that is asked before it is retired."""
    last = {"keys_revoked": True, "data_end": "deleted", "kept_until": "2040-01-01", "dependants": "Nobody."}
    answers = {**cases.COMPLETE, **{key: {"value": value} for key, value in last.items()}}
    return cases.case(by=owner, stage=Stage.PLAY, answers=answers)
