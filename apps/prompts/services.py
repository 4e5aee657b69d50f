"""Writing prompts, versions and labels."""

from django.db import transaction

from apps.accounts import access
from apps.accounts import services as accounts
from apps.accounts.models import Audience, Role, Team, User
from apps.audit import services as audit
from apps.core.errors import ConflictError, InvalidError
from apps.core.hashing import sha256_hex
from apps.core.refs import Ref
from apps.core.text import clean_text
from apps.outbox import services as outbox
from apps.prompts import rules
from apps.prompts.models import Prompt, PromptLabel, PromptVersion

WRITERS = (Role.AI_ENGINEER, Role.ARCHITECT, Role.BUSINESS_OWNER)
LONGEST_TEXT = 100_000
LABELLERS = (Role.AI_ENGINEER, Role.ARCHITECT)


@transaction.atomic
def create_prompt(
    *,
    slug: str,
    name: str,
    description: str,
    system: str,
    user: str,
    by: User,
    team: Team | None = None,
    audience: str = Audience.ORGANISATION,
) -> PromptVersion:
    """A new prompt with its first version. Raises ConflictError when the slug is taken, InvalidError like a version."""
    access.require(by, *WRITERS, to="write prompts")
    accounts.check_owner(team=team, audience=audience, by=by)
    if Prompt.objects.filter(slug=slug).exists():
        raise ConflictError(f"There is already a prompt {slug}.", fields={"slug": ["Taken. Choose another."]})
    prompt = Prompt.objects.create(slug=slug, name=name, description=description, team=team, audience=audience)
    audit.record(action="prompt.created", subject=Ref("prompt", str(prompt.pk)), by=by, slug=slug)
    return add_version(prompt=prompt, system=system, user=user, note="First version", by=by)


@transaction.atomic
def add_version(*, prompt: Prompt, system: str, user: str, note: str, by: User) -> PromptVersion:
    """A further, unchangeable version. Raises InvalidError on a faulty place or when nothing changed."""
    access.require_on(by, prompt, *WRITERS, to="write versions of this prompt")
    system, user = clean_text(system), clean_text(user)
    _check(system, user)
    Prompt.objects.select_for_update(no_key=True).get(pk=prompt.pk)
    last = prompt.versions.order_by("-number").first()
    content_hash = sha256_hex([prompt.slug, system, user])
    if last and last.content_hash == content_hash:
        raise InvalidError("The text is the same as in the latest version; nothing was saved.")
    version = PromptVersion.objects.create(
        prompt=prompt, number=last.number + 1 if last else 1, system=system, user=user, note=note,
        content_hash=content_hash, created_by=by,
    )  # fmt: skip
    subject = Ref("prompt", str(prompt.pk))
    audit.record(action="prompt.version_added", subject=subject, by=by, number=version.number, hash=content_hash)
    outbox.publish("content.changed", kind=subject.kind, id=subject.id)
    return version


def _check(system: str, user: str) -> None:
    problems = {"system": rules.grammar_problem(system), "user": rules.grammar_problem(user)}
    if not user.strip():
        problems["user"] = "Write the message that goes to the model."
    for field, text in (("system", system), ("user", user)):
        if len(text) > LONGEST_TEXT:
            problems[field] = f"At most {LONGEST_TEXT:,} characters."
    if found := {field: [problem] for field, problem in problems.items() if problem}:
        raise InvalidError("The version was not saved.", fields=found)


@transaction.atomic
def set_label(*, version: PromptVersion, name: str, by: User) -> PromptLabel:
    """Point the label `name` of the prompt to `version`; callers of the label get it from now on.

    Raises NotAllowedError, InvalidError when `name` cannot be a label.
    """
    access.require_on(by, version.prompt, *LABELLERS, to="move labels of this prompt")
    if problem := rules.label_problem(name):
        raise InvalidError("The label was not moved.", fields={"label": [problem]})
    label, _ = PromptLabel.objects.update_or_create(prompt=version.prompt, name=name, defaults={"version": version})
    subject = Ref("prompt", str(version.prompt_id))
    audit.record(action="prompt.labelled", subject=subject, by=by, label=name, number=version.number)
    return label
