"""Endpoints, prompts and datasets."""

from itertools import count
from typing import Any

from apps.accounts.models import Role, User
from apps.catalog import services as catalog
from apps.catalog.models import Endpoint, EndpointKind
from apps.evaluations import services as evaluations
from apps.evaluations.models import DatasetVersion
from apps.evaluations.services import Item
from apps.prompts import services as prompts
from apps.prompts.models import PromptVersion
from tests.factories.people import person

_numbers = count(1)


def recorded_endpoint(answers: list[tuple[dict[str, Any], str]], *, by: User | None = None) -> Endpoint:
    """An endpoint of recorded answers."""
    slug = f"recorded-{next(_numbers)}"
    by = by or person(Role.ARCHITECT)
    return catalog.add_endpoint(slug=slug, name=slug, kind=EndpointKind.RECORDED, answers=answers, by=by)


def openai_endpoint(base_url: str, *, model: str = "sandbox-calculator", key_variable: str = "") -> Endpoint:
    """An endpoint at an OpenAI-compatible address."""
    slug = f"openai-{next(_numbers)}"
    return catalog.add_endpoint(
        slug=slug, name=slug, kind=EndpointKind.OPENAI, base_url=base_url, model_name=model,
        key_variable=key_variable, by=person(Role.ARCHITECT),
    )  # fmt: skip


def prompt(user: str = "{{question}}", *, system: str = "") -> PromptVersion:
    """A prompt's first version."""
    slug = f"prompt-{next(_numbers)}"
    by = person(Role.AI_ENGINEER)
    return prompts.create_prompt(slug=slug, name=slug, description="", system=system, user=user, by=by)


def dataset(items: list[tuple[str, str]] | None = None) -> DatasetVersion:
    """A dataset of (question, expected) items."""
    slug = f"dataset-{next(_numbers)}"
    pairs = items or [("What is 2 + 2?", "4"), ("What is 3 * 5?", "15")]
    return evaluations.add_dataset_version(
        slug=slug, name=slug, description="", source="",
        items=[Item({"question": question}, expected) for question, expected in pairs],
        by=person(Role.AI_ENGINEER),
    )  # fmt: skip
