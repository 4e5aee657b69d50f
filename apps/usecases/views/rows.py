"""The rows of a record: value, risks, pinned versions, adoption, contributors and frameworks."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from apps.accounts import services as accounts
from apps.accounts.access import Request
from apps.core.errors import ConflictError, NotFoundError
from apps.core.http import respond
from apps.usecases import selectors, services
from apps.usecases.forms import PART_FORMS, PartForm
from apps.usecases.models import Standing, UseCase
from apps.usecases.rules import sections
from apps.usecases.views.frame import case_url, crumbs, may, seen_version

_MAY = {"pins": services.check_may_edit, "contributors": services.check_may_speak_for}
_FIXED = ("pins", "contributors")


def rows(request: Request, ref: str, part: str) -> HttpResponse:
    """The rows of one part, and for who may write them the form for another; POST adds it."""
    case, known = selectors.use_case(ref, viewer=request.user), _part(part)
    form = _form(request, case, part)
    if form.is_bound and form.carry_out(services.add_row, use_case=case, part=part, by=request.user):
        messages.success(request, "Added.")
        return redirect(case_url(case, "rows", part))
    accounts.note_view(case, kind=case.subject.kind, by=request.user)
    context = {
        **_shared(request, case, known), "title": known.title, "form": form, "rows": _told(case, part, request),
        "crumbs": [*crumbs(case), ("Record", case_url(case, "record"))],
    }  # fmt: skip
    return respond(request, "usecases/rows.html", context, status=form.status)


def row(request: Request, ref: str, part: str, row_id: UUID) -> HttpResponse:
    """The form that changes one row; POST changes it."""
    case, known = selectors.use_case(ref, viewer=request.user), _part(part)
    found = selectors.row(case, part, row_id)
    _MAY.get(part, services.check_may_write)(case, by=request.user)
    if part in _FIXED:
        raise ConflictError("This row cannot be changed. Remove it, and add another.")
    form = _form(request, case, part, {name: getattr(found, name) for name in services.WRITTEN[part]})
    if form.is_bound and form.carry_out(services.change_row, use_case=case, part=part, row_id=row_id, by=request.user):
        messages.success(request, "Saved.")
        return redirect(case_url(case, "rows", part))
    accounts.note_view(case, kind=case.subject.kind, by=request.user)
    back = case_url(case, "rows", part)
    context = {
        **_shared(request, case, known), "title": f"Change {known.one}", "form": form, "submit": "Save", "cancel": back,
        "lede": str(found), "crumbs": [*crumbs(case), ("Record", case_url(case, "record")), (known.title, back)],
    }  # fmt: skip
    return respond(request, "components/form_page.html", context, status=form.status)


@require_POST
def remove_row(request: Request, ref: str, part: str, row_id: UUID) -> HttpResponse:
    """Remove one row; the trail and the history keep it."""
    case, _ = selectors.use_case(ref, viewer=request.user), _part(part)
    services.remove_row(use_case=case, part=part, row_id=row_id, version=seen_version(request), by=request.user)
    messages.success(request, "Removed. The trail keeps it.")
    return redirect(case_url(case, "rows", part))


def _part(key: str) -> sections.Part:
    if key not in sections.PARTS:
        raise NotFoundError(f"A record has no {key}. It has {', '.join(sections.PARTS)}.")
    return sections.PARTS[key]


def _form(request: Request, case: UseCase, part: str, values: dict[str, Any] | None = None) -> PartForm:
    data = request.POST if request.method == "POST" else None
    return PART_FORMS[part](data, initial={"version": case.version, **(values or {})}, viewer=request.user)


def _shared(request: Request, case: UseCase, part: sections.Part) -> dict[str, Any]:
    may_write = may(_MAY.get(part.key, services.check_may_write), case, request.user)
    voids = case.standing == Standing.IN_REVIEW and part.key in ("value", "risks", "pins")
    return {"case": case, "part": part, "may_write": may_write, "voids": voids}


def _told(case: UseCase, part: str, request: Request) -> list[dict[str, Any]]:
    """The rows as the page shows them: what each is called, and the rest of it in pairs."""
    if part == "pins":
        pinned = selectors.pinned_versions(case, viewer=request.user)
        found = [(each.row, each.label, each.url, [("Kind", each.kind)]) for each in pinned]
    else:
        found = [(each, str(each), "", _PAIRS[part](each)) for each in selectors.rows(case, part)]
    return [
        {
            "title": title, "url": url, "pairs": [pair for pair in pairs if pair[1] not in (None, "")],
            "change": "" if part in _FIXED else case_url(case, "row", part, each.pk),
            "remove": case_url(case, "remove_row", part, each.pk),
        }
        for each, title, url, pairs in found
    ]  # fmt: skip


def _amount(value: Any, unit: str) -> str:
    return "" if value is None else f"{value.normalize():,f} {unit}".strip()


def _value(row: Any) -> list[tuple[str, Any]]:
    found = f"{_amount(row.measured, row.unit)} on {row.measured_on:%-d %b %Y}" if row.measured_on else ""
    return [
        ("Without the case", _amount(row.baseline, row.unit) or "not known"), ("Target", _amount(row.target, row.unit)),
        ("Found", found or "not yet"), ("Measured by", row.method),
    ]  # fmt: skip


def _risk(row: Any) -> list[tuple[str, Any]]:
    return [
        ("Likelihood", row.get_likelihood_display()), ("Impact", row.get_impact_display()),
        ("Treatment", row.get_treatment_display()), ("How", row.plan), ("Left", row.get_residual_display()),
    ]  # fmt: skip


def _adoption(row: Any) -> list[tuple[str, Any]]:
    trained = "" if row.training_completion is None else f"{row.training_completion.normalize():f} %"
    return [
        ("Active users", f"{row.active_users:,}"), ("Satisfaction, 1 to 5", row.satisfaction), ("Trained", trained),
    ]  # fmt: skip


def _framework(row: Any) -> list[tuple[str, Any]]:
    begins = f"{row.effective_from:%-d %b %Y}" if row.effective_from else ""
    return [("Edition", row.edition), ("In force from", begins), ("Note", row.note)]


_PAIRS: dict[str, Callable[[Any], list[tuple[str, Any]]]] = {
    "value": _value, "risks": _risk, "adoption": _adoption, "frameworks": _framework,
    "contributors": lambda row: [("User name", row.person.username)],
}  # fmt: skip
