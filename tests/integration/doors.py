"""The doors at which somebody tries a verb of a review: the service itself, a page, the API, and the review desk."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, NamedTuple

from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import User
from apps.core.errors import DomainError
from apps.reviews import services as reviews
from apps.reviews.models import Outcome
from apps.usecases import services as usecases
from apps.usecases.forms import values_of
from apps.usecases.models import UseCase
from tests.factories import cases
from tests.factories.moments import Cast, Moment

DONE = "done"
DECISIONS = {
    "approve": Outcome.APPROVE, "approve_conditions": Outcome.APPROVE_WITH_CONDITIONS,
    "request_changes": Outcome.REQUEST_CHANGES, "reject": Outcome.REJECT,
}  # fmt: skip
WHY = "Somebody must say why."
TITLE = "Sort incoming letters"


class Answer(NamedTuple):
    """What came of a try: DONE or the code of the refusal, and the words said."""

    code: str
    words: str = ""


@dataclass
class Try:
    """One person who tries one verb on one moment."""

    cast: Cast
    moment: Moment
    who: str
    verb: str

    @property
    def by(self) -> User:
        """Who tries."""
        return self.cast[self.who]

    @property
    def client(self) -> Client:
        """Their browser, or their program."""
        return self.cast.clients[self.who]

    @property
    def seat(self) -> str:
        """The lane, and for whom, as forms send it."""
        absent = self.cast["absent"]
        return f"{self.moment.lane}:{absent.pk}" if self.who == "stand_in" else self.moment.lane


# The service.


def service(tried: Try) -> Answer:
    """The verb itself."""
    try:
        _SERVICES.get(tried.verb, _decide)(tried)
    except DomainError as refusal:
        return Answer(refusal.code, refusal.message)
    return Answer(DONE)


def _decide(tried: Try) -> None:
    request, outcome = tried.moment.request, DECISIONS[tried.verb]
    behalf = tried.cast["absent"] if tried.who == "stand_in" else None
    more = {"conditions": [_condition(tried)]} if outcome == Outcome.APPROVE_WITH_CONDITIONS else None
    reviews.decide(
        request_id=request.pk, lane=tried.moment.lane, outcome=outcome, reason=WHY, content_hash=request.content_hash,
        by=tried.by, on_behalf_of=behalf, **(more or cases.said(outcome, request)),
    )  # fmt: skip


def _condition(tried: Try) -> reviews.ConditionAsk:
    return cases.condition(owner=tried.cast["owner"], verifier=tried.cast["verifier"])


def _on_request(verb: Callable[..., object], **more: str) -> Callable[[Try], object]:
    return lambda tried: verb(request_id=tried.moment.request.pk, by=tried.by, **more)


def _on_case(verb: Callable[..., object], **more: Any) -> Callable[[Try], object]:
    return lambda tried: verb(use_case=tried.moment.case, by=tried.by, **more)


def _edit(tried: Try) -> None:
    usecases.edit(use_case=tried.moment.case, version=tried.moment.case.version, by=tried.by, title=TITLE)


def _on_condition(verb: Callable[..., object], **more: Any) -> Callable[[Try], object]:
    return lambda tried: verb(condition_id=tried.moment.conditions[tried.verb].pk, by=tried.by, **more)


_SERVICES: dict[str, Callable[[Try], object]] = {
    "withdraw": _on_request(reviews.withdraw),
    "recuse": _on_request(reviews.recuse, reason=WHY),
    "revoke": _on_request(reviews.revoke, reason=WHY),
    "overturn": _on_request(reviews.overturn, reason=WHY),
    "submit": _on_case(usecases.submit),
    "advance": _on_case(usecases.advance),
    "retire": _on_case(usecases.submit, retire=True),
    "break_glass": _on_case(usecases.break_glass, reason=WHY),
    "edit": _edit,
    "meet": _on_condition(reviews.meet_condition, evidence=WHY),
    "verify": _on_condition(reviews.verify_condition, accepted=True, reason=""),
}


# Pages.

# What a page says that has refused, by its status; a form shows every refusal that its writer can mend as 422.
_CODES = {403: "not-allowed", 404: "not-found", 409: "conflict", 412: "stale", 422: "form"}


def page(tried: Try) -> Answer:
    """The portal's page, with the form as a browser sends it."""
    name, key, form = _page(tried)
    response = tried.client.post(reverse(name, args=[key]), form)
    if response.status_code == 302:
        return Answer("sign-in" if "/login" in response["Location"] else DONE)
    return Answer(_CODES.get(response.status_code, str(response.status_code)), response.content.decode())


def _page(tried: Try) -> tuple[str, Any, dict[str, Any]]:
    moment, verb = tried.moment, tried.verb
    if verb in DECISIONS:
        return "reviews:decide", moment.request.pk, decision_form(tried)
    if verb in ("withdraw", "recuse", "revoke", "overturn"):
        return f"reviews:{verb}", moment.request.pk, {"reason": WHY}
    if verb in ("meet", "verify"):
        return "reviews:condition", moment.conditions[verb].pk, {"evidence": WHY, "accepted": "yes", "reason": WHY}
    version = UseCase.objects.values_list("version", flat=True).get(pk=moment.case.pk)
    form: dict[str, Any] = {"reason": WHY, "version": version}
    if verb == "edit":
        shown = values_of(moment.case)
        form = {name: getattr(value, "pk", value) for name, value in shown.items() if value is not None}
        form["title"] = TITLE
    return f"usecases:{verb}", moment.case.ref, form


def decision_form(tried: Try) -> dict[str, Any]:
    """A decision as the forms of the page and of the review desk send it."""
    form: dict[str, Any] = {"lane": tried.seat, "outcome": DECISIONS[tried.verb].value, "reason": WHY, "appeal": WHY}
    form["seen_hash"] = tried.moment.request.content_hash
    if tried.verb == "request_changes":
        form["changes"] = "Title"
    if tried.verb == "approve_conditions":
        people = {"owner_1": tried.cast["owner"].pk, "verifier_1": tried.cast["verifier"].pk}
        form |= {"text_1": "Train.", "due_on_1": timezone.now().date() + timedelta(days=7), **people}
    return form


# The API.


class Etags:
    """What the API says each thing's state is, read once: what refuses changes nothing."""

    def __init__(self, cast: Cast) -> None:
        self.cast, self._known = cast, dict[str, str]()

    def __getitem__(self, address: str) -> str:
        if address not in self._known:
            self._known[address] = self.cast.clients["auditor"].get(address)["ETag"]
        return self._known[address]


def api(tried: Try, etags: Etags) -> Answer:
    """The REST API, by somebody who has just read what they would change."""
    method, thing, deed, body = _call(tried)
    send = getattr(tried.client, method)
    headers = {"If-Match": etags[thing]}
    response = send(thing + deed, body, content_type="application/json", headers=headers)
    if response.status_code < 300:
        return Answer(DONE)
    said = response.json()
    return Answer("sign-in" if response.status_code == 401 else said.get("code", "?"), said.get("detail", ""))


def _call(tried: Try) -> tuple[str, str, str, Any]:
    """The method, the address of what changes, what is added to it, and the body."""
    moment, verb, why = tried.moment, tried.verb, {"reason": WHY}
    if verb in ("meet", "verify"):
        body = {"evidence": WHY} if verb == "meet" else {"accepted": True}
        return "post", reverse("api-condition", args=[moment.conditions[verb].pk]), f"{verb}/", body
    if verb in ("submit", "advance", "retire", "edit", "break_glass"):
        at = reverse("api-use-case", args=[moment.case.ref])
        if verb == "edit":
            return "patch", at, "", {"title": TITLE}
        return "post", at, f"{verb.replace('_', '-')}/", why if verb == "break_glass" else None
    at = reverse("api-review", args=[moment.request.pk])
    if verb in DECISIONS:
        return "post", at, "decide/", _decision(tried)
    return "post", at, f"{verb}/", None if verb == "withdraw" else why


def _decision(tried: Try) -> dict[str, Any]:
    request = tried.moment.request
    body = {"lane": tried.moment.lane, "outcome": DECISIONS[tried.verb].value, "reason": WHY}
    body["content_hash"] = request.content_hash
    if tried.who == "stand_in":
        body["on_behalf_of"] = tried.cast["absent"].username
    people = {"owner": tried.cast["owner"].username, "verifier": tried.cast["verifier"].username}
    more: dict[str, dict[str, Any]] = {
        "reject": {"appeal": WHY},
        "request_changes": {"fields_to_change": ["Title"]},
        "approve_conditions": {
            "conditions": [{"text": "Train.", "due_on": str(timezone.now().date()), "blocking": True, **people}]
        },
    }  # fmt: skip
    return body | more.get(tried.verb, {})


# The review desk in Django's admin.


def desk(tried: Try) -> Answer:
    """The form of the review desk."""
    address = reverse("admin:reviews_reviewrequest_change", args=[tried.moment.request.pk])
    _forget_messages(tried)
    return _told(tried.client.post(address, decision_form(tried)), "Your decision is recorded.")


def _forget_messages(tried: Try) -> None:
    """Nobody has seen the page that would have shown those of earlier tries."""
    tried.client.cookies.pop("messages", None)


def _told(response: Any, done: str) -> Answer:
    # A form of Django's admin that does not offer what was sent is shown again.
    if response.status_code == 200:
        return Answer("told")
    if response.status_code != 302:
        return Answer(_CODES.get(response.status_code, str(response.status_code)))
    if "/login" in response["Location"]:
        return Answer("sign-in")
    words = ""
    with suppress(AttributeError):
        words = " ".join(str(message) for message in get_messages(response.wsgi_request))
    return Answer(DONE if done in words else "told", words)
