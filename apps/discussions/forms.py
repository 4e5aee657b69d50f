"""The one field of a comment."""

from django import forms

from apps.core.forms import VerbForm
from apps.discussions.models import LONGEST_BODY


class CommentForm(VerbForm):
    """What somebody writes."""

    body = forms.CharField(
        label="Comment",
        max_length=LONGEST_BODY,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="Markdown. Write @ and a user name to tell somebody who may see this.",
    )


class EditForm(CommentForm):
    """The words in place of those that were read."""

    version = forms.IntegerField(widget=forms.HiddenInput)
