"""What people choose to import a file."""

from typing import Any

from django import forms
from django.conf import settings

from apps.core.forms import VerbForm
from apps.usecases.importers import profiles
from apps.usecases.importers.profiles.base import Profile


def _most() -> int:
    """Megabytes."""
    return int(settings.DATA_UPLOAD_MAX_MEMORY_SIZE // 2**20)


def _hint() -> str:
    return f"At most {_most()} MB. " + " ".join(f"{each.label}: {each.hint}" for each in profiles.PROFILES.values())


class ImportForm(VerbForm):
    """A file, and the profile that reads it."""

    profile = forms.ChoiceField(
        label="Where it comes from", choices=[(key, profile.label) for key, profile in profiles.PROFILES.items()]
    )
    file = forms.FileField(label="File (CSV)", widget=forms.FileInput(attrs={"accept": ".csv,text/csv"}))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["file"].help_text = _hint()

    def clean_profile(self) -> Profile:
        """The profile of that key."""
        return profiles.of(self.cleaned_data["profile"])

    def clean_file(self) -> Any:
        """The file, refused before it is read when it is too large."""
        upload: Any = self.cleaned_data["file"]
        if upload.size > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            raise forms.ValidationError(f"The file is larger than {_most()} MB. Split it into several files.")
        return upload

    def clean(self) -> dict[str, Any]:
        """Turn the file into its bytes and its name."""
        values = super().clean() or self.cleaned_data
        upload: Any = values.pop("file", None)
        if upload:
            values |= {"content": upload.read(), "file_name": (upload.name or "")[:200]}
        return values
