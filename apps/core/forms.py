"""A form that hands its values to one service and shows what the service refuses."""

from collections.abc import Callable
from typing import Any, TypeVar

from django import forms
from django.contrib.auth.models import AnonymousUser
from django.db import IntegrityError
from psycopg.errors import UniqueViolation

from apps.core.errors import ConflictError, DomainError, InvalidError, StaleError
from apps.core.models import Viewer

T = TypeVar("T")
_NOBODY = AnonymousUser()
_TAKEN_MEANWHILE = "Something else was saved under the same name at the same moment. Choose another name, or try again."


class VerbForm(forms.Form):
    """The base of every form of the portal. Things to choose from are those that `viewer` may see; nobody sees any."""

    required_css_class = "required"

    def __init__(self, *args: Any, viewer: Viewer = _NOBODY, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.viewer = viewer
        for field in self.fields.values():
            narrow = getattr(getattr(field, "queryset", None), "visible_to", None)
            if narrow is not None:
                field.queryset = narrow(viewer)  # type: ignore[attr-defined]  # it has a queryset

    def carry_out(self, verb: Callable[..., T], **fixed: Any) -> T | None:
        """The result of `verb(**cleaned values, **fixed)`, or None with errors on the form.

        A refusal that the person can mend here becomes a form error; any other is raised.
        """
        if not self.is_valid():
            return None
        try:
            return verb(**self.cleaned_data, **fixed)
        except (InvalidError, ConflictError, StaleError) as error:
            self.refuse(error)
        except IntegrityError as error:
            # Two people saved the same name at once: the service's own check saw neither.
            if not isinstance(error.__cause__, UniqueViolation):
                raise
            self.add_error(None, _TAKEN_MEANWHILE)
        return None

    def refuse(self, error: DomainError) -> None:
        """Show a refusal beside the fields it names, else above the form."""
        if not error.fields:
            self.add_error(None, error.message)
        for name, messages in error.fields.items():
            for message in messages:
                self.add_error(name if name in self.fields else None, message)

    @property
    def status(self) -> int:
        """The HTTP status of the page that shows this form: 422 once something was refused."""
        return 422 if self.is_bound and self.errors else 200
