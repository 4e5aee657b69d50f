"""The pages of one case, besides its record and its tier."""

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from apps.accounts import services as accounts
from apps.accounts.access import Request
from apps.core import lists, timeline
from apps.core.badges import badge
from apps.core.details import discussion_of
from apps.core.http import respond
from apps.evidence import selectors as evidence
from apps.reviews import lanes
from apps.reviews.models import APPROVALS, Outcome, RequestState, ReviewRequest
from apps.usecases import selectors, services
from apps.usecases.forms import EditForm, values_of
from apps.usecases.models import Standing, UseCase
from apps.usecases.views.frame import case_url, crumbs, frame, may, tier_badge
from apps.usecases.views.lacking import lacking, met, place_of


def detail(request: Request, ref: str) -> HttpResponse:
    """One case: what it is for, its risk, what its next gate needs, what it owes, and its reviews."""
    case = selectors.use_case(ref, viewer=request.user)
    shared = frame(request, case)
    weighed = selectors.weighed(case)
    questions = list(selectors.questions(case))
    decides = bool(questions) and not shared["reviews"] and may(services.check_may_decide_stage, case, request.user)
    context = {
        **shared, "questions": questions, "decides_stage": decides, "stated": selectors.stated(case),
        "lacking": lacking(case, shared["report"]), "met": met(shared["report"]),
        "weighed": weighed, "tier": tier_badge(case.effective_tier, provisional=case.tier_provisional),
        "set_by_hand": case.effective_tier != weighed.tier, "conditions": _owed(request, case, shared["reviews"]),
        "wishes": _wishes(case, shared["latest"]),
    }  # fmt: skip
    return respond(request, "usecases/detail.html", context)


def _wishes(case: UseCase, latest: ReviewRequest | None) -> list[dict[str, Any]]:
    """The changes that lanes ask for now, each named field with the page that changes it."""
    if latest is None or latest.state != RequestState.CHANGES_REQUESTED:
        return []
    asked = [one for one in latest.decisions.all() if one.outcome == Outcome.REQUEST_CHANGES]
    return [
        {
            "lane": lanes.title(one.lane), "reason": one.reason,
            "fields": [(name, place_of(case, name)) for name in one.fields or []],
        }
        for one in asked
    ]  # fmt: skip


def _owed(request: Request, case: UseCase, asked: Sequence[ReviewRequest]) -> list[dict[str, Any]]:
    """The conditions of the case's reviews that are not met yet; without an approval there is none to look for."""
    if not any(review.state in APPROVALS for review in asked):
        return []
    return [
        {
            "row": row,
            "badge": badge(row.state.value, row.state.label),
            "url": reverse("reviews:condition", args=[row.pk]),
        }
        for row in selectors.owed(case, viewer=request.user)
    ]


def case_evidence(request: Request, ref: str) -> HttpResponse:
    """The claims about one case, and which of them count now."""
    case = selectors.use_case(ref, viewer=request.user)
    shared = frame(request, case)
    return respond(request, "usecases/evidence.html", {**shared, "claims": _claims(case, shared["report"])})


def _claims(case: UseCase, report: selectors.GateReport) -> list[dict[str, Any]]:
    counting = {claim.pk for claim in report.claims}
    return [
        {
            "claim": claim,
            "badge": badge(claim.verdict),
            "counts": claim.pk in counting,
            "url": reverse("go", args=[claim.source_kind, claim.source_id]),
        }
        for claim in evidence.about(case.subject)[:10]
    ]


def case_evaluations(request: Request, ref: str) -> HttpResponse:
    """The runs of one case, as the evaluations' own list shows them."""
    case = selectors.use_case(ref, viewer=request.user)
    shared = frame(request, case)
    urls = {"runs_url": f"{reverse('evaluations:list')}?use_case={case.ref}"}
    if shared["may_edit"]:
        urls["start_url"] = f"{reverse('evaluations:new')}?use_case={case.ref}"
    return respond(request, "components/runs_page.html", {**shared, **urls})


def case_discussion(request: Request, ref: str) -> HttpResponse:
    """What people say about one case."""
    case = selectors.use_case(ref, viewer=request.user)
    context = {**frame(request, case), "discussion_url": discussion_of(case.subject)}
    return respond(request, "components/discussion_page.html", context)


def case_history(request: Request, ref: str) -> HttpResponse:
    """What happened to one case: changes, reviews and comments."""
    case = selectors.use_case(ref, viewer=request.user)
    told = timeline.about(case.subject, viewer=request.user, only=lists.words(request, "only"))
    return respond(request, "components/history_page.html", {**frame(request, case), "timeline": told})


def edit(request: Request, ref: str) -> HttpResponse:
    """The form that changes a case; it carries the version it was opened with."""
    case = selectors.use_case(ref, viewer=request.user)
    services.check_may_edit(case, by=request.user)
    hidden = selectors.pins(case).hidden
    form = EditForm(request.POST or None, initial=values_of(case), viewer=request.user, hidden=hidden)
    if form.is_bound and (saved := form.carry_out(services.edit, use_case=case, by=request.user)):
        messages.success(request, "Saved.")
        return redirect(case_url(saved))
    accounts.note_view(case, kind=case.subject.kind, by=request.user)
    lede = "Saving a change voids the review that is under way." if case.standing == Standing.IN_REVIEW else ""
    context = {
        "title": f"Edit {case.ref}", "form": form, "submit": "Save", "lede": lede, "cancel": case_url(case),
        "crumbs": crumbs(case),
    }  # fmt: skip
    return respond(request, "components/form_page.html", context, status=form.status)
