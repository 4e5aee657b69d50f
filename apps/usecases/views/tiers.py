"""The risk tier of a case: what the rules say and why, what people set in its place, and the verbs for both."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from apps.accounts import services as accounts
from apps.accounts.access import Request
from apps.core.badges import Badge
from apps.core.details import Action
from apps.core.errors import NotAllowedError
from apps.core.forms import VerbForm
from apps.core.http import respond
from apps.usecases import rules, selectors, services
from apps.usecases.forms import UNSEEN_PROPOSAL, DeclineForm, LowerForm, RaiseForm
from apps.usecases.models import Direction, Standing, Tier, TierAdjustment, UseCase
from apps.usecases.rules import fields, sections
from apps.usecases.rules.permits import TierVerb
from apps.usecases.rules.tiers import Change
from apps.usecases.views.frame import case_url, crumbs, frame, tier_badge


def tier(request: Request, ref: str) -> HttpResponse:
    """The tier that counts, every rule that fired with the answers that made it, and what would change it."""
    case = selectors.use_case(ref, viewer=request.user)
    weighed = selectors.weighed(case)
    adjustments = list(selectors.adjustments(case))
    context = {
        **frame(request, case), "weighed": weighed, "adjustments": [_adjustment(one) for one in adjustments],
        "tier": tier_badge(case.effective_tier, provisional=case.tier_provisional),
        "computed": tier_badge(weighed.tier), "fired": [_fired(case, one) for one in weighed.fired],
        "changes": [_change(case, one) for one in weighed.changes],
        "open": _open(case, weighed), "verbs": list(_verbs(request, case, adjustments)),
        "set_by_hand": case.effective_tier != weighed.tier,
    }  # fmt: skip
    return respond(request, "usecases/tier.html", context)


def _fired(case: UseCase, fired: rules.Fired) -> dict[str, Any]:
    answers = [
        {
            "label": rules.FIELDS[key].label, "url": _asked_at(case, key),
            "words": fields.words(rules.FIELDS[key], case.answers.get(key)) or "not answered",
        }
        for key in fired.by
    ]  # fmt: skip
    return {
        "rule": fired.rule, "tier": tier_badge(fired.rule.tier), "answers": answers,
        "certain": Badge("By your answers", "neutral") if fired.certain else Badge("Counted as the worst", "warning"),
    }  # fmt: skip


def _change(case: UseCase, change: Change) -> dict[str, Any]:
    return {
        "label": change.field.label, "words": change.words, "url": _asked_at(case, change.field.key),
        "tier": tier_badge(change.tier),
    }  # fmt: skip


def _open(case: UseCase, weighed: rules.TierResult) -> list[dict[str, Any]]:
    """The questions that make the tier provisional, by the section that asks them."""
    return [
        {"title": section.title, "labels": ", ".join(one.label for one in asked), "url": _section_url(case, section)}
        for section, asked in sections.sections_with(weighed.open)
    ]


def _section_url(case: UseCase, section: sections.Section) -> str:
    return case_url(case, "section", section.key)


def _asked_at(case: UseCase, key: str) -> str:
    return f"{_section_url(case, sections.section_of(key))}#q-{key}"


def _adjustment(row: TierAdjustment) -> dict[str, Any]:
    """One adjustment as the page shows it, and whether it is proposed, holds, or has ended."""
    past = row.expires_on is not None and row.expires_on < selectors.today()
    state = (
        Badge("Ended", "neutral") if row.ended_at
        else Badge("Waits for a second person", "warning") if row.is_open and not past
        else Badge("Its day has passed", "neutral") if past
        else Badge("Holds", "info")
    )  # fmt: skip
    return {"row": row, "state": state, "lowers": row.direction == Direction.LOWER}


def _verbs(request: Request, case: UseCase, adjustments: list[TierAdjustment]) -> Any:
    """What this person may do about the tier; the services decide again when it is used."""
    can = selectors.tier_verbs(case, adjustments, by=request.user)
    if "confirm" in can:
        seen = next(one.pk for one in adjustments if one.is_open)
        yield Action("Confirm the lower tier", case_url(case, "confirm_tier"), post=True, sends={"proposal": seen})
    if "decline" in can:
        yield Action("Decline it", case_url(case, "decline_tier"))
    if "raise" in can:
        yield Action("Raise the tier", case_url(case, "raise_tier"))
    if "lower" in can:
        yield Action("Propose a lower tier", case_url(case, "lower_tier"))


def raise_tier(request: Request, ref: str) -> HttpResponse:
    """The form that sets a higher tier; POST sets it."""
    case = _offered(request, ref, "raise")
    form = RaiseForm(_data(request), viewer=request.user, tier=case.effective_tier)
    if form.is_bound and (done := form.carry_out(services.raise_tier, use_case=case, by=request.user)):
        messages.success(request, f"The tier is {Tier(done.to_tier).label} until somebody lowers it.")
        return redirect(case_url(case, "tier"))
    lede = "Any reviewer may, with a reason. It holds at once."
    if case.standing == Standing.IN_REVIEW:
        lede += " The review that is under way is voided by it, and the case submitted again."
    return _form_page(request, case, form, "Raise the tier", lede)


def lower_tier(request: Request, ref: str) -> HttpResponse:
    """The form that proposes a lower tier; POST proposes it."""
    case = _offered(request, ref, "lower")
    form = LowerForm(_data(request), viewer=request.user, tier=case.effective_tier)
    if form.is_bound and form.carry_out(services.propose_lower_tier, use_case=case, by=request.user) is not None:
        messages.success(request, "Proposed. It counts once a second reviewer has confirmed it.")
        return redirect(case_url(case, "tier"))
    lede = "It counts for nothing until a second reviewer without a part in the case confirms it."
    return _form_page(request, case, form, "Propose a lower tier", lede)


@require_POST
def confirm_tier(request: Request, ref: str) -> HttpResponse:
    """Confirm the lower tier that is proposed, as the second person."""
    case = selectors.use_case(ref, viewer=request.user)
    done = services.confirm_lower_tier(use_case=case, proposal=_seen(request), by=request.user)
    messages.success(request, f"The tier is {Tier(done.to_tier).label} until {done.expires_on:%-d %B %Y}.")
    return redirect(case_url(case, "tier"))


def decline_tier(request: Request, ref: str) -> HttpResponse:
    """The form that declines the lower tier that is proposed, or takes it back, by POST."""
    case = _offered(request, ref, "decline")
    proposal = selectors.proposal(case)
    form = DeclineForm(_data(request), viewer=request.user, initial={"proposal": proposal and proposal.pk})
    if form.is_bound and form.carry_out(services.decline_lower_tier, use_case=case, by=request.user) is not None:
        messages.success(request, "Declined. The tier stays as it is.")
        return redirect(case_url(case, "tier"))
    lede = "Say why; whoever proposed it reads it."
    if proposal:
        lede = f"{proposal.proposed_by} proposed {proposal.get_to_tier_display()}: “{proposal.reason}” {lede}"
    return _form_page(request, case, form, "Decline the lower tier", lede)


def _offered(request: Request, ref: str, verb: TierVerb) -> UseCase:
    """The case, for whoever may do this with its tier. Raises NotAllowedError."""
    case = selectors.use_case(ref, viewer=request.user)
    if why := selectors.why_not_set(case, verb, by=request.user):
        raise NotAllowedError(why)
    return case


def _seen(request: Request) -> UUID:
    """Which proposal the form was about."""
    try:
        return UUID(request.POST.get("proposal", ""))
    except ValueError:
        return UNSEEN_PROPOSAL


def _data(request: Request) -> Any:
    return request.POST if request.method == "POST" else None


def _form_page(request: Request, case: UseCase, form: VerbForm, title: str, lede: str) -> HttpResponse:
    accounts.note_view(case, kind=case.subject.kind, by=request.user)
    back = case_url(case, "tier")
    context = {
        "title": title, "lede": lede, "form": form, "submit": title, "cancel": back,
        "crumbs": [*crumbs(case), ("Risk tier", back)],
    }  # fmt: skip
    return respond(request, "components/form_page.html", context, status=form.status)
