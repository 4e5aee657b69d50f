"""What people write to add a dataset or to start a run."""

from decimal import Decimal
from typing import Any

from django import forms
from django.conf import settings

from apps.accounts.owning import OwnedForm
from apps.catalog.choices import ENDPOINT
from apps.catalog.models import Endpoint
from apps.core.choosing import ChoiceField
from apps.core.errors import InvalidError, NotFoundError
from apps.core.forms import VerbForm
from apps.evaluations.choices import DATASET_VERSION
from apps.evaluations.importers.files import items_in
from apps.evaluations.models import DatasetVersion
from apps.evaluations.scorers import SCORERS
from apps.prompts.choices import PROMPT_VERSION
from apps.prompts.models import PromptVersion
from apps.usecases import selectors as usecases
from apps.usecases.models import UseCase

_SCORERS = [(key, scorer.title) for key, scorer in SCORERS.items()]


class DatasetForm(OwnedForm):
    """A file that becomes a dataset, or the next version of one."""

    name = forms.CharField(max_length=200)
    slug = forms.SlugField(
        label="Short name", max_length=80, help_text="An existing short name gives that dataset a new version."
    )
    description = forms.CharField(required=False, widget=forms.Textarea(attrs={"rows": 3}))
    source = forms.CharField(
        max_length=300, required=False, help_text="Where the items come from and under which licence."
    )
    file = forms.FileField(
        help_text='JSONL: a line {"input": {"question": "…"}, "expected": "…"} an item. '
        "CSV: a column “expected”; every other column is an input."
    )

    def clean_file(self) -> Any:
        """The file, refused before it is read when it is too large."""
        upload: Any = self.cleaned_data["file"]
        if upload.size > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            most = settings.DATA_UPLOAD_MAX_MEMORY_SIZE // 2**20
            raise forms.ValidationError(f"The file is larger than {most} MB; split it into several datasets.")
        return upload

    def clean(self) -> dict[str, Any]:
        """Turn the file into `items`; its faults go beside the field."""
        values = super().clean() or self.cleaned_data
        upload: Any = values.pop("file", None)
        if upload:
            try:
                values["items"] = items_in(upload.name or "", upload.read())
            except InvalidError as error:
                self.refuse(error)
        return values


class RunForm(VerbForm):
    """Prompt version × endpoint × dataset version, scored, with a threshold."""

    prompt_version = ChoiceField(
        PromptVersion.objects.select_related("prompt").order_by("prompt__name", "-number"),
        source=PROMPT_VERSION,
        label="Prompt",
        empty_label="Choose one",
    )
    endpoint = ChoiceField(Endpoint.objects.all(), source=ENDPOINT, label="Model endpoint", empty_label="Choose one")
    dataset_version = ChoiceField(
        DatasetVersion.objects.select_related("dataset").order_by("dataset__name", "-number"),
        source=DATASET_VERSION,
        label="Dataset",
        empty_label="Choose one",
    )
    scorers = forms.MultipleChoiceField(choices=_SCORERS, widget=forms.CheckboxSelectMultiple)
    gate_scorer = forms.ChoiceField(
        label="Scorer that decides", choices=_SCORERS, help_text="The verdict is taken from this one."
    )
    threshold = forms.DecimalField(
        max_digits=4,
        decimal_places=3,
        initial=Decimal("0.8"),
        help_text="A share from 0 to 1. The run passes when the lower end of its 95 % interval reaches it.",
    )
    use_case = forms.CharField(
        required=False,
        max_length=15,
        help_text="The case this is evidence for, such as UC-000012; it counts when the case pins these.",
    )

    def clean_use_case(self) -> UseCase | None:
        """The case by its reference, None when left empty."""
        ref = self.cleaned_data["use_case"].strip()
        try:
            return usecases.use_case(ref, viewer=self.viewer) if ref else None
        except NotFoundError as error:
            raise forms.ValidationError(error.message) from error
