"""What every page of a case shares: header, verbs, facts, tabs, and how its words are drawn."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from django.urls import reverse
from django.utils import timezone

from apps.accounts import services as accounts
from apps.accounts.access import Request
from apps.accounts.models import User
from apps.core.badges import Badge, badge
from apps.core.details import Action, Fact, Head, discussion_of, page, share_of, steps, tabs
from apps.core.errors import InvalidError, NotAllowedError
from apps.reviews import selectors as reviews
from apps.reviews import services as review_services
from apps.reviews.models import RequestState, ReviewRequest
from apps.usecases import rules, selectors, services
from apps.usecases.models import Stage, Standing, Tier, UseCase
from apps.usecases.rules import fields, gates
from apps.usecases.views.lacking import briefly

CRUMBS = [("Use cases", "/use-cases/")]
_TONES = {Tier.STANDARD: "good", Tier.ELEVATED: "info", Tier.HIGH: "warning", Tier.PROHIBITED: "bad"}
_TABS = {
    "Overview": "detail", "Record": "record", "Risk tier": "tier", "Evidence": "evidence", "Evaluations": "evaluations"
}  # fmt: skip


def case_url(case: UseCase, page: str = "detail", *args: Any) -> str:
    """The address of one of a case's pages."""
    return _url(page, case.ref, *args)


@lru_cache(maxsize=4096)  # a list asks for fifty of them
def _url(page: str, *args: Any) -> str:
    return reverse(f"usecases:{page}", args=args)


def standing_badge(case: Any) -> Badge:
    """The standing, drawn."""
    return badge(case.standing, Standing(case.standing).label)


def tier_badge(tier: str, *, provisional: bool = False) -> Badge:
    """A tier, drawn; a provisional one says so, and alarms nobody: it is the worst that could come out."""
    if provisional:
        return Badge(f"{Tier(tier).label}, provisional", "warning")
    return Badge(Tier(tier).label, _TONES[Tier(tier)])


def may(check: Callable[..., None], case: UseCase, person: User) -> bool:
    """Whether a service's check lets the person through."""
    try:
        check(case, by=person)
    except NotAllowedError:
        return False
    return True


def crumbs(case: UseCase) -> list[tuple[str, str]]:
    """The way back from a form about a case."""
    return [*CRUMBS, (case.ref, case_url(case))]


def frame(request: Request, case: Any) -> dict[str, Any]:
    """What every tab of a case shares: header, verbs, facts, gate report and reviews."""
    accounts.note_view(case, kind=case.subject.kind, by=request.user)
    report = selectors.gate_report(case, on=timezone.now(), tier=Tier(case.effective_tier))
    requests = list(reviews.about(case.subject, viewer=request.user))
    latest = requests[0] if requests else None
    rights = services.rights(case, by=request.user)
    primary = _primary(case, report, latest) if rights.speaks else None
    menu = [*_menu(case, report, latest, request.user, rights), *share_of(case.subject)]
    return {
        **page(request, _head(request, case, primary, menu)),
        "case": case, "facts": _facts(case), "report": report, "reviews": requests, "latest": latest,
        # What was decided at an earlier gate says nothing about the next one.
        "gate_badge": _gate_badge(case, report), "voided": latest is not None and latest.state == RequestState.VOIDED,
        # Nobody needs to know who would decide where that is under way, or done.
        "unasked": report.gate is not None and not (latest and latest.is_open) and not _is_open(report.gate, case),
        "speaks": rights.speaks, "may_write": rights.writes, "may_edit": rights.edits,
    }  # fmt: skip


def _gate_badge(case: Any, report: selectors.GateReport) -> Badge:
    asked = report.gate is not None and case.standing_gate == report.gate.key
    return standing_badge(case) if asked else badge("unasked", "Not asked yet")


def _head(request: Request, case: Any, primary: Action | None, menu: list[Action]) -> Head:
    cleared = case.standing in gates.CLEARED
    pages = [(label, case_url(case, name)) for label, name in _TABS.items()]
    talk = ("Discussion", case_url(case, "discussion") if discussion_of(case.subject) else "")
    words = f"{Standing(case.standing).label} at {case.standing_gate}" if cleared and case.standing_gate else ""
    return Head(
        f"Use case {case.ref}", case.title, CRUMBS, owner=case.owner, steps=steps(Stage.choices, at=case.stage),
        status=badge(case.standing, words) if words else standing_badge(case), primary=primary, menu=menu,
        tabs=tabs(request, *pages, talk, ("History", case_url(case, "history"))),
    )  # fmt: skip


def _facts(case: UseCase) -> list[Fact]:
    pinned, endpoint, hidden = selectors.pins(case)
    unseen = {name: selectors.UNSEEN[name] for name in hidden}
    prompt_url = reverse("prompts:detail", args=[pinned.prompt.slug]) if pinned else ""
    endpoint_url = reverse("catalog:detail", args=[endpoint.slug]) if endpoint else ""
    tier = tier_badge(case.effective_tier, provisional=case.tier_provisional)
    cost, given = rules.FIELDS["yearly_cost"], case.answers.get("yearly_cost")
    return [
        Fact("Risk tier", tier, kind="status"),
        Fact("Sponsor", case.sponsor),
        Fact("Business unit", case.business_unit),
        Fact("Topic area", case.topic_other or case.get_topic_area_display()),
        Fact("Pinned prompt", pinned or unseen.get("prompt_version"), prompt_url),
        Fact("Pinned endpoint", endpoint or unseen.get("endpoint"), endpoint_url),
        *([Fact(cost.label, fields.words(cost, given))] if given else []),
        Fact("Registered", case.created_at, kind="time"),
        *([Fact("Review due", case.review_due_on)] if case.review_due_on else []),
        Fact("Content SHA-256", case.content_hash, kind="code"),
    ]


def _primary(case: Any, report: selectors.GateReport, latest: ReviewRequest | None) -> Action | None:
    """The one verb that is next for who speaks for the case; the service decides again when it is used."""
    gate = report.gate
    if latest is not None and latest.is_open:
        return None
    cleared = {one.key for one in (gate, gates.RETIRING) if one and _is_open(one, case)}
    if gates.RETIRING.key in cleared:
        return Action("Retire the case", case_url(case, "advance"), post=True, sends=_seen(case))
    if gate is None or (gate.key in cleared and gate.to is None):
        return None
    if gate.key in cleared and gate.to:
        # What comes after a break-glass waits for nothing.
        needs = () if selectors.is_by_glass(case) else briefly(report)
        return Action(f"Move to {gate.to.label}", case_url(case, "advance"), post=True, needs=needs, sends=_seen(case))
    needs = briefly(report)
    return Action(f"Submit for gate {gate.key}", case_url(case, "submit"), post=True, needs=needs, sends=_seen(case))


def _seen(case: UseCase) -> dict[str, object]:
    return {"version": case.version}


def seen_version(request: Request) -> int:
    """The version of the case that the page showed whose button was pressed. Raises InvalidError."""
    version = request.POST.get("version", "")
    if not (version.isascii() and version.isdigit() and len(version) <= 9):
        raise InvalidError("The form lacks the version that was seen. Open the page again.")
    return int(version)


def _is_open(gate: gates.Gate, case: Any) -> bool:
    return selectors.is_cleared(case, gate)


def _menu(
    case: Any, report: selectors.GateReport, latest: ReviewRequest | None, person: User, rights: services.Rights
) -> list[Action]:
    """All other verbs that this person is offered."""
    waiting = latest is not None and latest.is_open
    found = [Action("Edit", case_url(case, "edit"))] if rights.edits else []
    if latest is not None and reviews.may_withdraw(person, latest):
        found.append(Action("Withdraw the review", reverse("reviews:withdraw", args=[latest.pk]), post=True))
    can_retire = gates.gate_of(case.stage, retiring=True) and not _is_open(gates.RETIRING, case)
    if rights.speaks and not waiting and can_retire:
        found.append(Action("Retire", case_url(case, "retire")))
    gate = report.gate if report.gate and not _is_open(report.gate, case) else None
    if gate and review_services.may_break_glass(person) and not services.why_not_break_glass(case, gate=gate):
        found.append(Action("Break the glass", case_url(case, "break_glass"), tone="danger"))
    return found
