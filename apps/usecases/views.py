"""Pages of the registry."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from apps.accounts import services as accounts
from apps.accounts.access import Request
from apps.accounts.bulk import give_to_team
from apps.accounts.models import User
from apps.core import lists, timeline
from apps.core.badges import badge
from apps.core.details import Action, Fact, Head, discussion_of, page, share_of, steps, tabs
from apps.core.errors import NotAllowedError
from apps.core.http import respond
from apps.evidence import selectors as evidence
from apps.reviews import selectors as reviews
from apps.reviews.models import RequestState, ReviewRequest
from apps.usecases import selectors, services
from apps.usecases.forms import EditForm, RegisterForm, values_of
from apps.usecases.models import KIND, Stage, Standing, TopicArea, UseCase

_CRUMBS = [("Use cases", "/use-cases/")]


def _url(case: UseCase, page: str = "detail") -> str:
    return reverse(f"usecases:{page}", args=[case.ref])


def _standing(case: Any) -> Any:
    return badge(case.standing, Standing(case.standing).label)


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
            lists.Column("title", "Title", lambda case: case.title, _url, sort="title"),
            lists.Column("ref", "Reference", lambda case: case.ref, kind="ref", sort="number"),
            lists.Column("stage", "Stage", lambda case: case.get_stage_display(), sort="stage"),
            lists.Column("standing", "Standing", _standing, kind="status"),
            lists.Column("owner", "Owner", lambda case: case.owner, sort="owner__display_name"),
            lists.Column("unit", "Business unit", lambda case: case.business_unit, sort="business_unit__path"),
            lists.Column("topic", "Topic area", lambda case: case.get_topic_area_display(), shown=False),
            lists.Column("sponsor", "Sponsor", lambda case: case.sponsor, shown=False),
            lists.Column("changed", "Changed", lambda case: case.updated_at, kind="time", shown=False),
            lists.Column("registered", "Registered", lambda case: case.created_at, kind="date", sort="created_at"),
        ],
        facets=[
            lists.Facet("stage", "Stage", "stage", Stage.choices),
            lists.Facet("standing", "Standing", "standing", Standing.choices, narrow=selectors.of_standing),
            lists.Facet("topic", "Topic area", "topic_area", TopicArea.choices),
            lists.Facet("unit", "Business unit", "business_unit__path"),
            lists.Facet("owner", "Owner", "owner__username", label_field="owner__display_name", called="user name"),
        ],
        bulks=[give_to_team(KIND)],
    )
)


def case_list(request: Request) -> HttpResponseBase:
    """Every case that the reader may see, narrowed by words, stage, standing, topic, unit and owner."""
    action = lists.Action("Register a use case", reverse("usecases:register"))
    return lists.answer(request, CASES, selectors.use_cases(viewer=request.user), action=action)


def detail(request: Request, ref: str) -> HttpResponse:
    """One case: what it is for, what its next gate needs, and its reviews."""
    case = selectors.use_case(ref, viewer=request.user)
    frame = _frame(request, case)
    return respond(request, "usecases/detail.html", {**frame, "questions": list(selectors.questions(case))})


def case_evidence(request: Request, ref: str) -> HttpResponse:
    """The claims about one case, and which of them count now."""
    case = selectors.use_case(ref, viewer=request.user)
    frame = _frame(request, case)
    return respond(request, "usecases/evidence.html", {**frame, "claims": _claims(case, frame["report"])})


def case_evaluations(request: Request, ref: str) -> HttpResponse:
    """The runs of one case, as the evaluations' own list shows them."""
    case = selectors.use_case(ref, viewer=request.user)
    frame = _frame(request, case)
    urls = {"runs_url": f"{reverse('evaluations:list')}?use_case={case.ref}"}
    if frame["may_edit"]:
        urls["start_url"] = f"{reverse('evaluations:new')}?use_case={case.ref}"
    return respond(request, "components/runs_page.html", {**frame, **urls})


def case_discussion(request: Request, ref: str) -> HttpResponse:
    """What people say about one case."""
    case = selectors.use_case(ref, viewer=request.user)
    context = {**_frame(request, case), "discussion_url": discussion_of(case.subject)}
    return respond(request, "components/discussion_page.html", context)


def case_history(request: Request, ref: str) -> HttpResponse:
    """What happened to one case: changes, reviews and comments."""
    case = selectors.use_case(ref, viewer=request.user)
    told = timeline.about(case.subject, viewer=request.user, only=lists.words(request, "only"))
    return respond(request, "components/history_page.html", {**_frame(request, case), "timeline": told})


def _frame(request: Request, case: Any) -> dict[str, Any]:
    """What every tab of a case shares: header, verbs, facts, gate report and reviews."""
    accounts.note_view(case, kind=case.subject.kind, by=request.user)
    report = selectors.gate_report(case, on=timezone.now())
    requests = list(reviews.about(case.subject, viewer=request.user))
    latest = requests[0] if requests else None
    asked = report.gate is not None and case.review_gate == report.gate.key
    primary, menu = _verbs(case, report, latest, request.user)
    return {
        **page(request, _head(request, case, primary, menu)),
        "case": case, "facts": _facts(case), "report": report, "reviews": requests, "latest": latest,
        # What was decided at an earlier gate says nothing about the next one.
        "gate_badge": _standing(case) if asked else badge("unasked", "Not asked yet"),
        "voided": latest is not None and latest.state == RequestState.VOIDED,
        "may_edit": _may(services.check_may_edit, case, request.user),
    }  # fmt: skip


def _head(request: Request, case: Any, primary: Action | None, menu: list[Action]) -> Head:
    cleared = case.standing == Standing.CLEARED
    names = {"detail": "Overview", "evidence": "Evidence", "evaluations": "Evaluations"}
    pages = [(label, _url(case, name)) for name, label in names.items()]
    talk = ("Discussion", _url(case, "discussion") if discussion_of(case.subject) else "")
    return Head(
        f"Use case {case.ref}", case.title, _CRUMBS, owner=case.owner, steps=steps(Stage.choices, at=case.stage),
        status=badge(case.standing, f"Cleared at {case.review_gate}") if cleared else _standing(case),
        primary=primary, menu=menu,
        tabs=tabs(request, *pages, talk, ("History", _url(case, "history"))),
    )  # fmt: skip


def _facts(case: UseCase) -> list[Fact]:
    pinned, endpoint, hidden = selectors.pins(case)
    unseen = {name: selectors.UNSEEN[name] for name in hidden}
    prompt_url = reverse("prompts:detail", args=[pinned.prompt.slug]) if pinned else ""
    endpoint_url = reverse("catalog:detail", args=[endpoint.slug]) if endpoint else ""
    return [
        Fact("Sponsor", case.sponsor),
        Fact("Business unit", case.business_unit),
        Fact("Topic area", case.topic_other or case.get_topic_area_display()),
        Fact("Pinned prompt", pinned or unseen.get("prompt_version"), prompt_url),
        Fact("Pinned endpoint", endpoint or unseen.get("endpoint"), endpoint_url),
        Fact("Registered", case.created_at, kind="time"),
        Fact("Content SHA-256", case.content_hash, kind="code"),
    ]


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


def _verbs(
    case: Any, report: selectors.GateReport, latest: ReviewRequest | None, person: User
) -> tuple[Action | None, list[Action]]:
    """The one verb that is next and all others this person is offered; the services decide again when one is used."""
    waiting = latest is not None and latest.is_open
    gate = report.gate
    others = [Action("Edit", _url(case, "edit"))] if _may(services.check_may_edit, case, person) else []
    if latest is not None and waiting and latest.requested_by_id == person.pk:
        others.append(Action("Withdraw the review", reverse("reviews:withdraw", args=[latest.pk]), post=True))
    others += share_of(case.subject)
    if gate is None or waiting or not _may(services.check_may_speak_for, case, person):
        return None, others
    if case.standing == Standing.CLEARED and case.review_gate == gate.key:
        return Action(f"Move to {gate.to.label}", _url(case, "advance"), post=True, needs=report.missing), others
    return Action(f"Submit for gate {gate.key}", _url(case, "submit"), post=True, needs=report.missing), others


def _may(check: Callable[..., None], case: UseCase, person: User) -> bool:
    try:
        check(case, by=person)
    except NotAllowedError:
        return False
    return True


def register(request: Request) -> HttpResponse:
    """The form for a new case."""
    form = RegisterForm(request.POST or None, initial={"owner": request.user}, viewer=request.user)
    if form.is_bound and (case := form.carry_out(services.register, by=request.user)):
        messages.success(request, f"{case.ref} is registered. Pin a prompt and a model before its second gate.")
        return redirect(_url(case))
    context = {
        "title": "Register a use case", "form": form, "submit": "Register", "crumbs": _CRUMBS,
        "lede": "Six fields are enough to start. Everything else is asked when a gate needs it.",
        "cancel": reverse("usecases:list"),
    }  # fmt: skip
    return respond(request, "components/form_page.html", context, status=form.status)


def edit(request: Request, ref: str) -> HttpResponse:
    """The form that changes a case; it carries the version it was opened with."""
    case = selectors.use_case(ref, viewer=request.user)
    services.check_may_edit(case, by=request.user)
    hidden = selectors.pins(case).hidden
    form = EditForm(request.POST or None, initial=values_of(case), viewer=request.user, hidden=hidden)
    if form.is_bound and (saved := form.carry_out(services.edit, use_case=case, by=request.user)):
        messages.success(request, "Saved.")
        return redirect(_url(saved))
    accounts.note_view(case, kind=case.subject.kind, by=request.user)
    lede = "Saving a change voids the review that is under way." if case.standing == Standing.IN_REVIEW else ""
    context = {
        "title": f"Edit {case.ref}", "form": form, "submit": "Save", "lede": lede, "cancel": _url(case),
        "crumbs": [*_CRUMBS, (case.ref, _url(case))],
    }  # fmt: skip
    return respond(request, "components/form_page.html", context, status=form.status)


@require_POST
def submit(request: Request, ref: str) -> HttpResponse:
    """Ask for the review of the case's next gate."""
    case = selectors.use_case(ref, viewer=request.user)
    asked = services.submit(use_case=case, by=request.user)
    messages.success(request, f"Submitted for gate {asked.gate}. Reviewers decide on the case as it is now.")
    return redirect(_url(case))


@require_POST
def advance(request: Request, ref: str) -> HttpResponse:
    """Move a cleared case to its next stage."""
    case = services.advance(use_case=selectors.use_case(ref, viewer=request.user), by=request.user)
    messages.success(request, f"The case is now in {case.get_stage_display()}.")
    return redirect(_url(case))
