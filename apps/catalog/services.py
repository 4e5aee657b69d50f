"""Adding endpoints to the catalog."""

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.db import transaction

from apps.accounts import access
from apps.accounts import services as accounts
from apps.accounts.models import Audience, Role, Team, User
from apps.audit import services as audit
from apps.catalog import sandbox
from apps.catalog.models import Endpoint, EndpointKind, RecordedAnswer
from apps.core.egress import credentials, sources
from apps.core.errors import ConflictError, InvalidError
from apps.core.hashing import canonical_bytes, sha256_hex
from apps.core.refs import Ref
from apps.core.text import clean_text, clean_value
from apps.outbox import services as outbox

KEEPERS = (Role.ARCHITECT, Role.ADMINISTRATOR)


def _check(kind: str, base_url: str, model_name: str, key_variable: str) -> None:
    problems: dict[str, list[str]] = {}
    key_problem = credentials.problem(key_variable, prefix=settings.ENDPOINT_KEY_PREFIX, folder=settings.SECRET_FILES)
    if kind == EndpointKind.OPENAI:
        if problem := sources.problem(base_url, purpose="models", bare=True):
            problems["base_url"] = [problem]
        else:
            key_problem = key_problem or sources.problem(base_url, purpose="models", credential=key_variable, bare=True)
        if not model_name:
            problems["model_name"] = ["Name the model as the server calls it."]
    elif base_url or key_variable:
        problems["base_url"] = ["Only an OpenAI-compatible server has an address and a key."]
    if key_problem:
        problems["key_variable"] = [key_problem]
    if problems:
        raise InvalidError("The endpoint was not added.", fields=problems)


def _recorded(answers: Iterable[tuple[dict[str, Any], str]]) -> dict[str, str]:
    """Input hash → text. Raises InvalidError where one input has two answers, since the later would win unseen."""
    rows: dict[str, str] = {}
    for given, text in answers:
        kept = rows.setdefault(sha256_hex(clean_value(given)), clean_text(text))
        if kept != clean_text(text):
            shown = canonical_bytes(clean_value(given)).decode()[:200]
            problem = f"Two different answers are given for the input {shown}. Leave one of them out."
            raise InvalidError("The endpoint was not added.", fields={"answers": [problem]})
    return rows


@transaction.atomic
def add_endpoint(
    *,
    slug: str,
    name: str,
    kind: EndpointKind,
    by: User,
    base_url: str = "",
    model_name: str = "",
    key_variable: str = "",
    description: str = "",
    answers: Iterable[tuple[dict[str, Any], str]] = (),
    team: Team | None = None,
    audience: str = Audience.ORGANISATION,
) -> Endpoint:
    """Add an endpoint; for recorded answers, `answers` holds (input, answer text) pairs. Unchangeable afterwards.

    Raises NotAllowedError, InvalidError with fields, ConflictError when the slug is taken.
    """
    access.require(by, *KEEPERS, to="add endpoints to the catalog")
    accounts.check_owner(team=team, audience=audience, by=by)
    base_url = base_url.rstrip("/")
    _check(kind, base_url, model_name, key_variable)
    if Endpoint.objects.filter(slug=slug).exists():
        raise ConflictError(f"There is already an endpoint {slug}.", fields={"slug": ["Taken. Choose another."]})
    rows = _recorded(answers)
    if bool(rows) != (kind == EndpointKind.RECORDED):
        raise InvalidError("An endpoint of recorded answers needs answers, and no other kind may have them.")
    answers_hash = sha256_hex(rows) if rows else ""
    # The sandbox answers by the portal's own code: what another version answered says nothing about this one.
    version = [sandbox.VERSION] if kind == EndpointKind.SANDBOX else []
    identity = [slug, kind.value, base_url, model_name, answers_hash, *version]
    endpoint = Endpoint.objects.create(
        slug=slug, name=name, kind=kind, base_url=base_url, model_name=model_name, key_variable=key_variable,
        description=description, answers_hash=answers_hash, content_hash=sha256_hex(identity), created_by=by,
        team=team, audience=audience,
    )  # fmt: skip
    RecordedAnswer.objects.bulk_create(
        [RecordedAnswer(endpoint=endpoint, input_hash=key, text=text) for key, text in rows.items()], batch_size=1000
    )
    subject = Ref("endpoint", str(endpoint.pk))
    audit.record(action="endpoint.added", subject=subject, by=by, slug=slug, content_hash=endpoint.content_hash)
    outbox.publish("content.changed", kind=subject.kind, id=subject.id)
    return endpoint
