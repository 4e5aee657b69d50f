"""`manage.py import_gsm8k FOLDER --as USERNAME`: GSM8K as a dataset and its four recorded models as endpoints."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from apps.accounts.models import User
from apps.catalog import services as catalog
from apps.catalog.models import Endpoint, EndpointKind
from apps.core.errors import DomainError
from apps.evaluations import services
from apps.evaluations.importers import gsm8k


class Command(BaseCommand):
    """Everything or nothing; a second import of the same files changes nothing."""

    help = "Import GSM8K: FOLDER holds test.jsonl and example_model_solutions.jsonl."

    def add_arguments(self, parser: CommandParser) -> None:
        """The folder and the person who imports."""
        parser.add_argument("folder", type=Path)
        parser.add_argument("--as", dest="username", required=True, help="user name of an architect or administrator")

    def handle(self, *args: Any, **options: Any) -> None:
        """Import, or say what is wrong."""
        try:
            by = User.objects.get(username=options["username"])
            with transaction.atomic():
                version = _import(options["folder"], by)
        except User.DoesNotExist as missing:
            raise CommandError(f"There is no user {options['username']}.") from missing
        except OSError as error:
            raise CommandError(f"{error.filename}: {error.strerror}.") from error
        except DomainError as refusal:
            raise CommandError(refusal.message) from refusal
        self.stdout.write(f"{version}: {version.item_count} problems; endpoints {', '.join(map(_slug, gsm8k.MODELS))}.")


def _slug(model: str) -> str:
    return f"gsm8k-{model.replace('_', '-')}"


def _import(folder: Path, by: User) -> Any:
    version = services.add_dataset_version(
        slug="gsm8k",
        name="GSM8K test",
        description="Grade-school mathematics word problems, test split.",
        items=gsm8k.problems(folder / "test.jsonl"),
        source="GSM8K, MIT licence",
        by=by,
    )
    for model, answers in gsm8k.recorded_solutions(folder / "example_model_solutions.jsonl").items():
        if not Endpoint.objects.filter(slug=_slug(model)).exists():
            catalog.add_endpoint(
                slug=_slug(model),
                name=f"GSM8K recorded {model}",
                kind=EndpointKind.RECORDED,
                model_name=model,
                description="Solutions recorded by the authors of GSM8K.",
                answers=answers,
                by=by,
            )
    return version
