"""How to try each page of a case that takes a form: with right words, so that only the person can be refused."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.urls import reverse
from django.utils import timezone

from apps.usecases.models import UseCase

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
    "decide_stage": {"stage": "PLAY", "reason": "They pilot it."},
    "retire": {},
    "break_glass": {"reason": "It burns."},
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
