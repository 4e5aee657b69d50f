"""Endpoints, prompts and datasets."""

from random import Random

from apps.accounts.models import Audience, Team, User
from apps.catalog.models import Endpoint, EndpointKind
from apps.core.hashing import sha256_hex
from apps.evaluations.models import Dataset, DatasetItem, DatasetVersion
from apps.portal.scale import words
from apps.portal.scale.people import BATCH, key
from apps.portal.scale.sizes import Size
from apps.prompts.models import PRODUCTION, Prompt, PromptLabel, PromptVersion

_ITEMS = 5


def _owned(number: int, teams: list[Team], random: Random) -> dict[str, object]:
    """Two in three belong to a team, one in five to nobody but it."""
    if number % 3 == 0:
        return {}
    audience = Audience.TEAM if number % 5 == 0 else Audience.ORGANISATION
    return {"team": random.choice(teams), "audience": audience}


def endpoints(size: Size, by: list[User], random: Random) -> list[Endpoint]:
    """Endpoints that everyone sees."""
    rows = [
        Endpoint(
            pk=key(random), slug=f"scale-{number + 1}", name=f"Scale model {number + 1}", kind=EndpointKind.SANDBOX,
            description=words.purpose(random), content_hash=sha256_hex(["scale", number]),
            created_by=random.choice(by),
        )
        for number in range(size.endpoints)
    ]  # fmt: skip
    return Endpoint.objects.bulk_create(rows)


def prompts(size: Size, teams: list[Team], by: list[User], random: Random) -> list[PromptVersion]:
    """Prompts with two versions each, the first of them in production; gives the versions that everyone sees."""
    rows = [
        Prompt(
            pk=key(random), slug=f"scale-{number + 1}", name=f"{words.title(random)}, {number + 1}",
            description=words.purpose(random), **_owned(number, teams, random),
        )
        for number in range(size.prompts)
    ]  # fmt: skip
    Prompt.objects.bulk_create(rows, batch_size=BATCH)
    versions = [_version(prompt, number, random.choice(by), random) for prompt in rows for number in (1, 2)]
    PromptVersion.objects.bulk_create(versions, batch_size=BATCH)
    labels = [PromptLabel(pk=key(random), prompt=v.prompt, name=PRODUCTION, version=v) for v in versions[::2]]
    PromptLabel.objects.bulk_create(labels, batch_size=BATCH)
    return [version for version in versions if not version.prompt.is_restricted]


def _version(prompt: Prompt, number: int, by: User, random: Random) -> PromptVersion:
    text = f"{words.purpose(random)} Answer in at most {number * 50} words.\n\n{{{{question}}}}"
    content_hash = sha256_hex([prompt.slug, "", text])
    return PromptVersion(
        pk=key(random), prompt=prompt, number=number, user=text, content_hash=content_hash, created_by=by
    )


def datasets(size: Size, teams: list[Team], by: list[User], random: Random) -> list[DatasetVersion]:
    """Datasets of five items; gives the versions that everyone sees."""
    rows = [
        Dataset(
            pk=key(random), slug=f"scale-{number + 1}", name=f"Questions about {words.title(random).lower()}",
            description=words.purpose(random), **_owned(number, teams, random),
        )
        for number in range(size.datasets)
    ]  # fmt: skip
    Dataset.objects.bulk_create(rows, batch_size=BATCH)
    versions = [
        DatasetVersion(
            pk=key(random), dataset=dataset, number=1, item_count=_ITEMS, content_hash=sha256_hex([dataset.slug]),
            created_by=random.choice(by),
        )
        for dataset in rows
    ]  # fmt: skip
    DatasetVersion.objects.bulk_create(versions, batch_size=BATCH)
    items = [
        DatasetItem(version=version, index=index, input={"question": f"What is {index} + 2?"}, expected=str(index + 2))
        for version in versions
        for index in range(_ITEMS)
    ]
    DatasetItem.objects.bulk_create(items, batch_size=BATCH)
    return [version for version in versions if not version.dataset.is_restricted]
