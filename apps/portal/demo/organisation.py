"""What the demonstration organisation has on its shelves before anybody walks through it."""

import json
from pathlib import Path

from apps.accounts.models import User
from apps.catalog import services as catalog
from apps.catalog.models import Endpoint, EndpointKind
from apps.evaluations import services as evaluations
from apps.evaluations.services import Item
from apps.portal.demo import accounts
from apps.prompts import services as prompts
from apps.prompts.models import PRODUCTION, Prompt
from apps.search import services as search

ENDPOINT, PROMPT, DATASET = "sandbox", "invoice-arithmetic", "invoice-arithmetic"
RECORDED = "recorded-clerk"
_ITEMS = Path(__file__).with_name("invoice_arithmetic.jsonl")


def load() -> None:
    """Accounts, two endpoints, a prompt labelled production, and a dataset; safe to repeat."""
    people = accounts.ensure()
    items = [Item(**json.loads(line)) for line in _ITEMS.read_text().splitlines()]
    _endpoints(people["administrator"], items)
    _prompt(people["ai-engineer"])
    evaluations.add_dataset_version(
        slug=DATASET,
        name="Invoice arithmetic",
        description="Forty questions a clerk answers while checking invoices, some with the sum written out and "
        "some in words only. Written for this demonstration.",
        items=items,
        source="demonstration",
        by=people["ai-engineer"],
    )
    search.reindex()


def _endpoints(by: User, items: list[Item]) -> None:
    if not Endpoint.objects.filter(slug=ENDPOINT).exists():
        catalog.add_endpoint(
            slug=ENDPOINT,
            name="Sandbox calculator",
            kind=EndpointKind.SANDBOX,
            description="A small calculator behind the chat protocol. It is not a language model: it works out a "
            "written sum and fails on a question in words.",
            by=by,
        )
    if not Endpoint.objects.filter(slug=RECORDED).exists():
        catalog.add_endpoint(
            slug=RECORDED,
            name="Recorded clerk",
            kind=EndpointKind.RECORDED,
            description="The answers of the dataset itself, recorded, as an upper bound. Not a language model.",
            answers=[(item.input, f"The answer is {item.expected}.") for item in items],
            by=by,
        )


def _prompt(by: User) -> None:
    if Prompt.objects.filter(slug=PROMPT).exists():
        return
    version = prompts.create_prompt(
        slug=PROMPT,
        name="Invoice arithmetic",
        description="Answers one arithmetical question about an invoice.",
        system="You check invoices. End your answer with the final number.",
        user="{{question}}",
        by=by,
    )
    prompts.set_label(version=version, name=PRODUCTION, by=by)
