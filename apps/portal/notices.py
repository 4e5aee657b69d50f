"""Whom something that happened concerns, why, and in which words: one verb an event of the reactions' table."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.urls import reverse

from apps.accounts import kinds
from apps.accounts import selectors as accounts
from apps.accounts.models import Lane, User
from apps.core.details import optional_url
from apps.core.refs import Ref
from apps.discussions import selectors as discussions
from apps.discussions.models import Comment
from apps.evaluations import selectors as evaluations
from apps.evaluations.models import JOB_KIND, EvaluationRun
from apps.notifications import selectors as notifying
from apps.notifications import services as notifications
from apps.notifications.services import Notice
from apps.reviews import selectors as reviews
from apps.reviews.models import Condition, Outcome, ReviewRequest, Via
from apps.usecases import selectors as usecases

_OWNERS = {
    "owner_id": "you own it", "sponsor_id": "you sponsor it", "created_by_id": "you made it",
}  # fmt: skip

_MOST_NAMED = 5

_OUTCOMES = {
    Outcome.APPROVE: "approved", Outcome.APPROVE_WITH_CONDITIONS: "approved with conditions",
    Outcome.REJECT: "rejected", Outcome.REQUEST_CHANGES: "changes asked for",
}  # fmt: skip


def _about(subject: Ref) -> Any:
    return kinds.find(subject, viewer=notifications.portal())


def _owners(thing: Any) -> dict[UUID, str]:
    """Whoever answers for a thing, with why they are told."""
    return {key: why for name, why in _OWNERS.items() if (key := getattr(thing, name, None))}


def _review(review: str) -> ReviewRequest:
    return reviews.request(UUID(review), viewer=notifications.portal())


def _tell_of_review(row: ReviewRequest, event: str, key: str, title: str, actor: UUID | None, **facts: str) -> Notice:
    return Notice(
        event, key, title, reverse("reviews:detail", args=[row.pk]), row.subject, actor,
        {"review": str(row.pk), "gate": row.gate, **facts},
    )  # fmt: skip


def review_requested(*, review: str) -> None:
    """Tell everybody who may decide in one of its lanes, and who oversees the portal where nobody may in one.

    Of what nobody submitted, those are told who answer for it.
    """
    row = _review(review)
    title = f"{row.title}: a review is asked for at gate {row.gate}"
    asker, others = (None, _owners(_about(row.subject))) if row.trigger else (row.requested_by_id, {})
    if any(reviews.pool(lane, row).via == Via.NOBODY for lane in row.undecided):
        others |= _overseers()
    may = dict.fromkeys(reviews.deciders(row), "you may decide in this review")
    notifications.announce(_tell_of_review(row, "review.requested", review, title, asker), to={**others, **may})


def review_decided(*, review: str, lane: str) -> None:
    """Tell who asked for it, and who answers for what was reviewed."""
    row = _review(review)
    decision = row.decisions.get(lane=lane, overturns=None)
    title = f"{row.title}: {_OUTCOMES[Outcome(decision.outcome)]} in the lane {Lane(lane).label}"
    notice = _tell_of_review(
        row, "review.decided", f"{review}:{lane}", title, decision.actor_id, lane=lane, outcome=decision.outcome
    )
    notifications.announce(notice, to=_concerned(row))


def review_voided(*, review: str) -> None:
    """Tell who asked for it, and who answers for what was reviewed, whoever changed it."""
    row = _review(review)
    title = f"{row.title}: the review at gate {row.gate} is void. {row.closed_reason}"
    notifications.announce(_tell_of_review(row, "review.voided", review, title, None), to=_concerned(row))


def review_carried(*, review: str) -> None:
    """Tell who asked for it, and who answers for what was reviewed."""
    row = _review(review)
    title = f"{row.title}: gate {row.gate} is approved at once, since nothing that its lanes watch has changed"
    notifications.announce(_tell_of_review(row, "review.carried", review, title, None), to=_concerned(row))


def review_reminded(*, review: str, lane: str) -> None:
    """Tell whose turn the lane is that it is due soon."""
    row = _review(review)
    title = f"{row.title}: the lane {Lane(lane).label} is due soon"
    notice = _tell_of_review(row, "review.reminded", f"{review}:{lane}", title, None, lane=lane)
    notifications.announce(notice, to=_turn(row, lane))


def review_escalated(*, review: str, lane: str, why: str) -> None:
    """Tell whose turn the lane is, and its head, that it is overdue or has come to them; overseers where nobody may."""
    row = _review(review)
    said = {"overdue": "is overdue", Via.POOL.value: "has somebody who may decide again"}
    title = f"{row.title}: the lane {Lane(lane).label} {said.get(why, 'has nobody who may decide')}"
    # A lane may fall to the same people more than once.
    key = f"{review}:{lane}:{why}:{row.steps.get(lane=lane).updated_at.isoformat()}"
    notice = _tell_of_review(row, "review.escalated", key, title, None, lane=lane, why=why)
    helpless = _overseers() if why == Via.NOBODY else {}
    notifications.announce(notice, to={**helpless, **reviews.above(lane, row), **_turn(row, lane)})


def _overseers() -> dict[UUID, str]:
    return dict.fromkeys(accounts.overseers(), "nobody may decide in this lane until somebody is given its role")


def _turn(row: ReviewRequest, lane: str) -> dict[UUID, str]:
    found = reviews.pool(lane, row).people if row.is_open else []
    return {person.pk: "you may decide in this review" for person in found}


def review_revoked(*, review: str) -> None:
    """Tell who asked for it, and who answers for what was reviewed."""
    row = _review(review)
    title = f"{row.title}: the approval at gate {row.gate} is revoked"
    notifications.announce(_tell_of_review(row, "review.revoked", review, title, None), to=_concerned(row))


def review_overturned(*, review: str) -> None:
    """Tell who asked for it, who answers for it, and whose turn it is again."""
    row = _review(review)
    title = f"{row.title}: the board overturned the rejection at gate {row.gate}"
    to = {**dict.fromkeys(reviews.deciders(row), "you may decide in this review"), **_concerned(row)}
    # A request may be rejected, and overturned, more than once.
    key = f"{review}:{row.updated_at.isoformat()}"
    notifications.announce(_tell_of_review(row, "review.overturned", key, title, None), to=to)


def review_condition(*, condition: str, state: str) -> None:
    """Tell its verifier that there is something to verify, or its owner what came of it."""
    row = reviews.condition(UUID(condition), viewer=notifications.portal())
    to = _verifying(row) if state == "handed_in" else dict.fromkeys(reviews.debtors(row), "you owe it")
    title = f"{row.decision.request.title}: a condition is {state.replace('_', ' ')}"
    key = f"{condition}:{state}:{row.updated_at.isoformat()}"
    notifications.announce(_tell_of_condition(row, "review.condition", key, title), to=to)


def review_condition_due(*, condition: str, late: str) -> None:
    """Tell its owner, and once it is overdue its verifier, the lane's head, and whom the approval's loss concerns."""
    row = reviews.condition(UUID(condition), viewer=notifications.portal())
    overdue, to = late == "overdue", dict.fromkeys(reviews.debtors(row), "you owe it")
    if overdue:
        head = reviews.above(row.decision.lane, row.decision.request)
        answering = _owners(_about(row.decision.request.subject)) if row.blocking else {}
        to = {**answering, **head, **_verifying(row), **to}
    said = "overdue, so its approval counts no more" if overdue and row.blocking else late.replace("_", " ")
    title = f"{row.decision.request.title}: a condition is {said}"
    notifications.announce(_tell_of_condition(row, "review.condition_due", f"{condition}:{late}", title), to=to)


def _verifying(row: Condition) -> dict[UUID, str]:
    return dict.fromkeys(reviews.verifiers(row), "you verify it")


def _tell_of_condition(row: Condition, event: str, key: str, title: str) -> Notice:
    return Notice(
        event, key, title, reverse("reviews:condition", args=[row.pk]), row.decision.request.subject, None,
        {"condition": str(row.pk), "review": str(row.decision.request_id), "due_on": row.due_on.isoformat()},
    )  # fmt: skip


def review_glass_broken(*, glass: str) -> None:
    """Tell whoever oversees everything, at once."""
    row = reviews.glass(UUID(glass), viewer=notifications.portal())
    title = f"{row.used_by} let {row.request.title} through gate {row.gate} before its review: {row.reason[:200]}"
    notice = _tell_of_review(row.request, "review.glass_broken", glass, title, None)
    notice = replace(notice, named=row.used_by_id)
    notifications.announce(notice, to=dict.fromkeys(accounts.overseers(), "you oversee the portal"))


def review_delegated(*, delegation: str) -> None:
    """Tell whoever stands in."""
    row = reviews.delegation(UUID(delegation), viewer=notifications.portal())
    days = f"{row.starts_on:%-d %B %Y} to {row.ends_on:%-d %B %Y}"
    title = f"{row.delegator} delegates the lane {row.get_lane_display()} to you, {days}"
    url = reverse("reviews:delegations")
    notice = Notice("review.delegated", delegation, title, url, None, row.delegator_id, named=row.delegator_id)
    notifications.announce(notice, to={row.delegate_id: "you stand in"})


def _concerned(row: ReviewRequest) -> dict[UUID, str]:
    return {**_owners(_about(row.subject)), row.requested_by_id: "you asked for this review"}


def run_finished(*, run: str) -> None:
    """Tell who started it."""
    row = evaluations.run(UUID(run), viewer=notifications.portal())
    verdict = (row.summary or {}).get("verdict", "")
    _tell_of_run(row, "run.finished", f"Evaluation {verdict}: {row}", verdict=verdict)


def job_failed(*, kind: str, subject_id: str) -> None:
    """Tell who started the evaluation that the job was for."""
    if kind == JOB_KIND:
        row = evaluations.run(UUID(subject_id), viewer=notifications.portal())
        _tell_of_run(row, "run.failed", f"Evaluation broke off: {row}")


def _tell_of_run(row: EvaluationRun, event: str, title: str, **facts: str) -> None:
    notice = Notice(
        event, str(row.pk), title, reverse("evaluations:detail", args=[row.pk]), Ref("evaluation_run", str(row.pk)),
        facts={"run": str(row.pk), **facts},
    )  # fmt: skip
    notifications.announce(notice, to={row.created_by_id: "you started it"})


def comment_added(*, comment: str) -> None:
    """Tell whom it mentions, who wrote there before, and who answers for the thing."""
    row = discussions.comment(comment, viewer=notifications.portal())
    if row.is_removed:
        return
    thing, mentioned = _about(row.subject), _mention(row)
    followers = dict.fromkeys(discussions.earlier_authors(row), "you commented on it before")
    to = {key: why for key, why in {**followers, **_owners(thing)}.items() if key not in mentioned}
    notifications.announce(_said("comment.added", row, f"{row.author} comments on {thing}"), to=to)


def comment_edited(*, comment: str) -> None:
    """Tell whom it mentions now; whoever was told before is not told again."""
    row = discussions.comment(comment, viewer=notifications.portal())
    if not row.is_removed:
        _mention(row)


def _mention(row: Comment) -> set[UUID]:
    people = {person.pk for person in discussions.mentioned(row)} - {row.author_id}
    title = f"{row.author} mentions you on {_about(row.subject)}"
    notifications.announce(_said("comment.mentioned", row, title), to=dict.fromkeys(people, "you are mentioned"))
    return people


def _said(event: str, row: Comment, title: str) -> Notice:
    url = f"{reverse('discussions:panel', args=[row.subject_kind, row.subject_id])}#comment-{row.pk}"
    facts = {"comment": str(row.pk)}
    return Notice(event, str(row.pk), title, url, row.subject, row.author_id, facts, named=row.author_id)


def use_case_changed(*, use_case: str, version: str, what: str, by: str) -> None:
    """Tell its owner and its sponsor, unless they did it."""
    subject = Ref("use_case", use_case)
    thing = _about(subject)
    notice = Notice(
        "use_case.changed", f"{use_case}:{version}", f"{thing}: {what}", kinds.of(subject.kind).url(thing), subject,
        UUID(by), {"use_case": use_case, "version": version, "what": what},
    )  # fmt: skip
    notifications.announce(notice, to=_owners(thing))


def use_case_review_due(*, use_case: str, day: str, late: str) -> None:
    """Tell its owner and its sponsor, once before the day and once when it has come."""
    subject = Ref("use_case", use_case)
    thing = _about(subject)
    due = "is due" if late in ("", "today") else "was due"
    title = f"{thing}: its review {due} by {date.fromisoformat(day):%-d %B %Y}. Submit it"
    notice = Notice(
        "use_case.review_due", f"{use_case}:{day}:{'due' if late else 'soon'}", title,
        kinds.of(subject.kind).url(thing), subject, None, {"use_case": use_case, "due_on": day},
    )  # fmt: skip
    notifications.announce(notice, to=_owners(thing))


def use_case_join_asked(*, use_case: str, by: str, day: str, words: str) -> None:
    """Tell owner and sponsor who would join, and in which words; they add contributors."""
    subject = Ref("use_case", use_case)
    thing = _about(subject)
    who = accounts.directory(viewer=notifications.portal()).get(pk=by)
    title = f"{who} asks to join {thing}{f': {words}' if words else ''}"
    url = reverse("usecases:rows", args=[thing.ref, "contributors"])
    notice = Notice(
        "use_case.join_asked", f"{use_case}:{by}:{day}", title, url, subject, who.pk, {"use_case": use_case},
        named=who.pk,
    )  # fmt: skip
    notifications.announce(notice, to=_owners(thing))


def webhook_disabled(*, webhook: str, at: str) -> None:
    """Tell who added it."""
    row = notifying.any_webhook(webhook)
    if row is not None:
        url = reverse("webhooks:detail", args=[row.pk])
        notice = Notice(
            "webhook.disabled", f"{webhook}:{at}", f"{row} is switched off. {row.disabled_reason}", url, None
        )
        notifications.announce(notice, to={row.created_by_id: "you added it"})


def token_expiring(*, user: str, token: str, name: str, expires: str) -> None:
    """Tell whoever answers for it."""
    title = f"The token {name} expires on {datetime.fromisoformat(expires):%-d %B %Y}"
    notice = Notice("token.expiring", token, title, optional_url("accounts:tokens") or reverse("home"), None)
    notifications.announce(notice, to={UUID(user): "you answer for it"})


def break_glass_used(*, user: str, door: str, at: str) -> None:
    """Tell whoever oversees everything, also the one whose password it was: it may have been somebody else."""
    who = accounts.directory(viewer=notifications.portal()).get(pk=user)
    where = "in the admin" if door == "admin" else "on the sign-in page"
    title = f"{who} signed in by password {where}, past single sign-on, at {datetime.fromisoformat(at):%H:%M} UTC"
    url = f"{reverse('audit:list')}?{urlencode({'action': 'break_glass.used'})}"
    notice = Notice("break_glass.used", f"{user}:{at}", title, url, None, named=who.pk)
    notifications.announce(notice, to=dict.fromkeys(accounts.overseers(), "you oversee the portal"))


def user_deactivated(*, user: str, at: str) -> None:
    """Tell the administrators over the person's units what needs a new owner, each of what they may see."""
    leaver = accounts.directory(viewer=notifications.portal()).filter(pk=user, is_active=False).first()
    if leaver is None:
        return
    people = accounts.people(viewer=notifications.portal())
    for reader in people.filter(pk__in=accounts.administrators_over(leaver)):
        if left := list(_left_behind(leaver, reader)):
            title = f"{leaver} has left. {' '.join(words for words, _ in left)}"
            notice = Notice("user.deactivated", f"{user}:{at}", title, left[0][1], None, named=leaver.pk)
            notifications.announce(notice, to={reader.pk: "you administer a unit of theirs"})


def _left_behind(leaver: User, reader: User) -> Iterator[tuple[str, str]]:
    """What needs somebody else, in words and with the page to begin at."""
    cases = [case.ref for case in usecases.use_cases(viewer=reader).filter(owner=leaver).order_by("number")]
    if cases:
        url = f"{reverse('usecases:list')}?{urlencode({'owner': leaver.username})}"
        yield f"Use cases without an owner: {_named(cases)}.", url
    waited = reviews.waiting_for(notifications.before_leaving(leaver))
    if steps := waited.filter(pk__in=reviews.requests(viewer=reader).values("pk")).count():
        yield f"Open reviews that waited for them: {steps}.", reverse("reviews:list")
    programs = accounts.service_accounts(viewer=reader).filter(responsible=leaver, is_active=True)
    if names := list(programs.order_by("username").values_list("username", flat=True)):
        yield f"Service accounts nobody answers for: {_named(names)}.", reverse("people:service_accounts")


def _named(names: list[str]) -> str:
    more = len(names) - _MOST_NAMED
    return ", ".join(names[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
