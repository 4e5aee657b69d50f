"""One of everything that the API shows, so that requests can meet something that exists."""

import re
from collections import defaultdict
from collections.abc import Iterable

from django.conf import settings
from django.test import Client

from apps.accounts.models import Role, User
from apps.audit.models import AuditEvent
from apps.prompts import services as prompts
from tests.architecture.test_roles import Things, attempts
from tests.factories import cases
from tests.factories.people import person
from tests.integration.test_api_reading import claim

CSRF = "x" * 32
# Where something is, by the part of the API and the name of the place in its addresses.
Places = dict[tuple[str, str], list[str]]


class World:
    """What test_roles.py tries to write to, and three people: of every role, an auditor, and of none."""

    def __init__(self) -> None:
        self.owner = person(*Role)
        self.people = [self.owner, person(Role.AUDITOR), person()]
        things = Things(self.owner)
        prompts.set_label(version=things.prompt, name="production", by=self.owner)
        # Nobody decides on what they asked for; a case with nothing open can be submitted, and a cleared one advanced.
        free, cleared, review = cases.case(by=self.owner), cases.case(by=self.owner), cases.submitted(cases.case())
        cases.decided(cases.submitted(cleared))
        decision = {"lane": "steward", "outcome": "approve", "reason": "Read.", "content_hash": review.content_hash}
        tried = attempts(things).items()
        self.addresses = [address for _, (address, _) in tried if address.startswith("/api/v1/")]
        self.addresses += [
            f"/api/v1/claims/{claim(things.case).pk}/", f"/api/v1/jobs/{things.run.job_id}/",
            f"/api/v1/endpoints/{things.endpoint.slug}/", f"/api/v1/prompts/{things.prompt.prompt.slug}/versions/1/",
            f"/api/v1/datasets/{things.data.dataset.slug}/versions/1/",
            f"/api/v1/audit-events/{AuditEvent.objects.latest('sequence').pk}/",
            f"/api/v1/use-cases/{free.ref}/", f"/api/v1/use-cases/{cleared.ref}/", f"/api/v1/reviews/{review.pk}/",
        ]  # fmt: skip
        # What test_roles.py sends to an address, by that address.
        self.bodies = {(method, address): bodies for (_, method), (address, bodies) in tried if any(bodies)}
        self.bodies["POST", f"/api/v1/reviews/{review.pk}/decide/"] = [decision]

    def address(self, template: str) -> str:
        """An address of something that is there, of the shape of the template; "" where there is none."""
        pattern = re.compile(re.sub(r"\{\w+\}", "[^/]+", template))
        return next((address for address in self.addresses if pattern.fullmatch(address)), "")

    def places(self, templates: Iterable[str]) -> Places:
        """What stands in the places of the templates' addresses, so far as something is there."""
        found: Places = defaultdict(list)
        for template in templates:
            pattern = re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", template))
            for address in self.addresses:
                for name, value in (((match := pattern.match(address)) and match.groupdict()) or {}).items():
                    if value not in found[part_of(template), name]:
                        found[part_of(template), name].append(value)
        return found


def part_of(path: str) -> str:
    """The part of the API that an address belongs to."""
    return path.removeprefix("/api/v1/").partition("/")[0]


def cookies_of(who: User) -> dict[str, str]:
    """The cookies of a signed-in browser."""
    client = Client()
    client.force_login(who, backend=settings.AUTHENTICATION_BACKENDS[0])
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    return {settings.SESSION_COOKIE_NAME: session, settings.CSRF_COOKIE_NAME: CSRF}
