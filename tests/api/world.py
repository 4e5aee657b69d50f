"""One of everything that the API shows, so that generated requests can meet something that exists."""

from typing import Any

from django.conf import settings
from django.test import Client

from apps.accounts.models import Role, User
from apps.audit.models import AuditEvent
from apps.compute import services as compute
from apps.evaluations import services as evaluations
from apps.evaluations.services import Answer
from apps.prompts import services as prompts
from tests.factories import cases, shelves
from tests.factories.people import person
from tests.integration.test_api_reading import claim

CSRF = "x" * 32


class World:
    """The names of what exists, and three people: of every role, an auditor, and of none."""

    def __init__(self) -> None:
        self.owner = person(*Role, name="everything")
        self.callers = [cookies_of(who) for who in (self.owner, person(Role.AUDITOR), person())]
        version, dataset = shelves.prompt(), shelves.dataset()
        prompts.set_label(version=version, name="production", by=self.owner)
        endpoint = shelves.recorded_endpoint([({"question": "What is 2 + 2?"}, "4")])
        case = cases.case(by=self.owner)
        review = cases.submitted(cases.case())
        plan: dict[str, Any] = {
            "prompt_version": version, "endpoint": endpoint, "dataset_version": dataset, "scorers": ["exact"],
            "gate_scorer": "exact", "threshold": 0.5, "use_case": case, "by": self.owner,
        }  # fmt: skip
        run = _worked_on(evaluations.start_run(**plan))
        waiting = evaluations.start_run(**plan)
        self.slugs = {
            "prompts": [version.prompt.slug], "endpoints": [endpoint.slug], "datasets": [dataset.dataset.slug],
        }  # fmt: skip
        self.names: dict[str, list[Any]] = {
            "ref": [case.ref], "review_id": [str(review.pk)], "run_id": [str(run.pk), str(waiting.pk)],
            "job_id": [str(run.job_id), str(waiting.job_id)], "claim_id": [str(claim(case).pk)],
            "label": ["production", "beta"], "number": [1], "sequence": [AuditEvent.objects.latest("sequence").pk],
        }  # fmt: skip
        self.values: dict[str, Any] = {
            "prompt_version": version.ref, "endpoint": endpoint.slug, "dataset_version": dataset.ref,
            "use_case": case.ref, "owner": self.owner.username, "sponsor": None, "business_unit": "Operations",
            "topic_area": "internal", "lane": review.lanes[0], "content_hash": review.content_hash,
            "scorers": ["exact"], "gate_scorer": "exact", "threshold": 0.5, "version": 1,
        }  # fmt: skip


def _worked_on(run: Any) -> Any:
    """The run after a worker has stored an answer to its first sample."""
    attempt = compute.claim(job_id=run.job_id, worker="test")
    assert attempt
    evaluations.store_answers(run=run, attempt=attempt, answers=[Answer(index=0, expected="4", output="4")])
    return run


def cookies_of(who: User) -> dict[str, str]:
    """The cookies of a signed-in browser."""
    client = Client()
    client.force_login(who, backend=settings.AUTHENTICATION_BACKENDS[0])
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    return {settings.SESSION_COOKIE_NAME: session, settings.CSRF_COOKIE_NAME: CSRF}
