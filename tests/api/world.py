"""One of everything that the API shows, so that requests can meet something that exists."""

import re
from collections import defaultdict
from collections.abc import Iterable

from django.conf import settings
from django.test import Client

from apps.accounts import services as accounts
from apps.accounts.models import Lane, Role, User
from apps.audit.models import AuditEvent
from apps.prompts import services as prompts
from apps.reviews.models import ReviewRequest
from tests.architecture import casework, reviewing
from tests.architecture.test_roles import Things, attempts
from tests.factories import cases
from tests.factories.people import person
from tests.integration.test_api_reading import claim

CSRF = "x" * 32
# Where something is, by the part of the API and the name of the place in its addresses.
Places = dict[tuple[str, str], list[str]]


class World:
    """What test_roles.py tries to write to, and three people: of every role, an auditor, and of none.

    Each deed is tried on something that is ready for it, so that somebody is let through.
    """

    def __init__(self) -> None:
        self.owner = person(*Role)
        self.people = [self.owner, person(Role.AUDITOR), person()]
        things = Things(self.owner)
        accounts.grant(user=self.owner, role=Role.REVIEWER, lane=Lane.BOARD, by=None)
        prompts.set_label(version=things.prompt, name="production", by=self.owner)
        review = cases.submitted(cases.case())
        ready = self._ready(things, review)
        tried = [
            (method, _on(address, ready), bodies)
            for (_, method), (address, bodies) in attempts(things).items()
            if address.startswith("/api/v1/")
        ]
        self.addresses = [address for _, address, _ in tried]
        self.addresses += [
            f"/api/v1/claims/{claim(things.case).pk}/", f"/api/v1/jobs/{things.run.job_id}/",
            f"/api/v1/endpoints/{things.endpoint.slug}/", f"/api/v1/prompts/{things.prompt.prompt.slug}/versions/1/",
            f"/api/v1/datasets/{things.data.dataset.slug}/versions/1/",
            f"/api/v1/audit-events/{AuditEvent.objects.latest('sequence').pk}/",
            f"/api/v1/use-cases/{things.case.ref}/", f"/api/v1/reviews/{things.review.pk}/",
        ]  # fmt: skip
        # What test_roles.py sends to an address, by that address.
        self.bodies = {(method, address): bodies for method, address, bodies in tried if any(bodies)}
        decision = {"lane": "steward", "outcome": "approve", "reason": "Read.", "content_hash": review.content_hash}
        self.bodies["POST", f"/api/v1/reviews/{review.pk}/decide/"] = [decision]

    def _ready(self, things: Things, review: ReviewRequest) -> dict[str, str]:
        """The end of an address → the end that names something ready for the deed."""
        case, asked, owed = things.case.ref, things.review.pk, things.promises.condition.pk
        others = reviewing.promises(person(Role.BUSINESS_OWNER), self.owner)
        # Nobody decides on what they asked for.
        reviews = {"decide": review.pk, "recuse": review.pk, **reviewing.ready(others)}
        tier = ("raise", "lower", "confirm", "decline")
        refs = {f"tier/{deed}" if deed in tier else deed: ref for deed, ref in casework.ready(self.owner).items()}
        refs["stage"] = cases.stageless().ref
        return {
            **{f"/{case}/{deed}/": f"/{ref}/{deed}/" for deed, ref in refs.items()},
            **{f"/{asked}/{deed}/": f"/{key}/{deed}/" for deed, key in reviews.items()},
            f"/{owed}/verify/": f"/{others.condition.pk}/verify/",
        }

    def address(self, template: str) -> str:
        """An address of something that is there, of the shape of the template; "" where there is none."""
        return next((address for address in self.addresses if _shape(template).fullmatch(address)), "")

    def fits(self, template: str) -> list[dict[str, str]]:
        """What stands in the places of the template in each address of its shape."""
        pattern = _shape(template)
        return [match.groupdict() for address in self.addresses if (match := pattern.fullmatch(address))]

    def places(self, templates: Iterable[str]) -> Places:
        """What stands in the places of the templates' addresses, so far as something is there."""
        found: Places = defaultdict(list)
        for template in templates:
            pattern = _shape(template)
            for address in self.addresses:
                for name, value in (((match := pattern.match(address)) and match.groupdict()) or {}).items():
                    if value not in found[part_of(template), name]:
                        found[part_of(template), name].append(value)
        return found


def _shape(template: str) -> re.Pattern[str]:
    """Matches what has the shape of the template; its groups are the places."""
    return re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", template))


def _on(address: str, ready: dict[str, str]) -> str:
    """The address with what is ready for the deed at its end."""
    for end, better in ready.items():
        if address.endswith(end):
            return address.removesuffix(end) + better
    return address


def part_of(path: str) -> str:
    """The part of the API that an address belongs to."""
    return path.removeprefix("/api/v1/").partition("/")[0]


def cookies_of(who: User) -> dict[str, str]:
    """The cookies of a signed-in browser."""
    client = Client()
    client.force_login(who, backend=settings.AUTHENTICATION_BACKENDS[0])
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    return {settings.SESSION_COOKIE_NAME: session, settings.CSRF_COOKIE_NAME: CSRF}
