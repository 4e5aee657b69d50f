"""What the main pages cost, against the baselines kept in tests/baselines.yaml."""

import gzip
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from apps.accounts import services as accounts
from apps.accounts.models import Role, Team, User
from apps.evaluations.models import EvaluationRun
from apps.prompts.models import Prompt
from apps.reviews import selectors as reviews
from apps.usecases.models import Stage, UseCase
from tests.factories.people import person

pytestmark = pytest.mark.django_db
LIMITS = {"home": 25, "my work": 25, "reports": 25}
LISTS = ("use cases", "prompts", "models", "datasets", "evaluations", "reviews", "people", "search", "api use cases")


@pytest.fixture
def pages(capsys: pytest.CaptureFixture[str]) -> dict[str, str]:
    """The address of each page, with the made-up organisation behind it."""
    call_command("seed_scale", "--small")
    # Before deployment a case has most to tell: its next gate also asks what the one before it left open.
    told = UseCase.objects.filter(prompt_version__isnull=False, audience="organisation", stage=Stage.DEVELOP)
    case = told.order_by("number").first()
    prompt = Prompt.objects.filter(audience="organisation").first()
    run, review = EvaluationRun.objects.first(), reviews.requests(viewer=person()).filter(state="approved").first()
    assert case
    assert prompt
    assert run
    assert review
    return {
        "home": "/", "my work": "/my-work", "reports": "/reports", "search": "/search?q=customer+complaints",
        "use cases": "/use-cases/", "use cases, 100 rows": "/use-cases/?rows=100",
        "use case": f"/use-cases/{case.ref}/", "use case record": f"/use-cases/{case.ref}/record",
        "use case tier": f"/use-cases/{case.ref}/tier", "use case history": f"/use-cases/{case.ref}/history",
        "prompts": "/prompts/", "prompt": f"/prompts/{prompt.slug}/", "models": "/models/", "datasets": "/datasets/",
        "evaluations": "/evaluations/", "evaluation": f"/evaluations/{run.pk}/", "people": "/people/",
        "reviews": "/reviews/", "review": f"/reviews/{review.pk}/", "api use cases": "/api/v1/use-cases/?page_size=50",
        "api use case": f"/api/v1/use-cases/{case.ref}/", "api search": "/api/v1/search/?q=complaints",
        "api prompt version": f"/api/v1/prompts/{prompt.slug}/versions/1/",
    }  # fmt: skip


def baselines() -> dict[str, list[int]]:
    """Page → queries and kilobytes."""
    path = Path(__file__).parents[1] / "baselines.yaml"
    found: dict[str, list[int]] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return found


def cost(client: Client, path: str) -> tuple[int, int]:
    """Queries and kilobytes, gzip, of one answer; what is kept between answers is warm."""
    client.get(path)
    with CaptureQueriesContext(connection) as queries:
        response = client.get(path)
    assert response.status_code == 200, path
    return len(queries), -(-len(gzip.compress(response.content)) // 1024)


def test_no_page_costs_more_than_its_baseline(pages: dict[str, str]) -> None:
    engineer = person(Role.AI_ENGINEER, team=Team.objects.first())
    for team in Team.objects.all()[1:5]:
        accounts.grant(user=engineer, role=Role.BUSINESS_OWNER, team=team, by=None)
    found = {name: worst(path, [engineer, person(Role.ARCHITECT)]) for name, path in pages.items()}
    print("\n".join(f"{name}: {list(cost)}" for name, cost in found.items()))
    over = {name: (cost, baselines()[name]) for name, cost in found.items() if exceeds(cost, baselines()[name])}
    assert not over, f"More than tests/baselines.yaml says: {over}"


def worst(path: str, people: list[User]) -> tuple[int, int]:
    """The most that the page costs any of them."""
    costs = []
    for who in people:
        client = Client()
        client.force_login(who)
        costs.append(cost(client, path))
    return max(queries for queries, _ in costs), max(size for _, size in costs)


def exceeds(found: Any, baseline: list[int]) -> bool:
    """Whether either figure is over."""
    return any(one > most for one, most in zip(found, baseline, strict=True))


def test_the_baselines_keep_within_the_limits() -> None:
    over = {
        name: queries
        for name, (queries, _) in baselines().items()
        if queries > LIMITS.get(name, 12 if name.split(",")[0] in LISTS else 20)
    }
    assert not over
