"""Shapes of comments over the API."""

from rest_framework import serializers

from apps.core.api import Body, CursorListing, Ordering, Shown, SubjectField
from apps.discussions.models import LONGEST_BODY, Comment


class CommentSerializer(Shown[Comment]):
    """A comment; of one that was removed `body` is empty and `removed_at` says since when."""

    subject = serializers.CharField(help_text="What it is about, as `kind:id`.")
    author = serializers.CharField(source="author.username")
    example = {
        "id": "6f1c2a5e-1f65-4a2c-9a53-0d0f5b7c1e22", "subject": "use_case:0d7c9a40-5a0f-4a7e-8a3e-6d4d3f0f1b11",
        "author": "ai-engineer", "body": "Which invoices are *not* sorted, @business-owner?", "version": 1,
        "created_at": "2026-11-21T09:30:00Z", "edited_at": None, "removed_at": None,
    }  # fmt: skip

    class Meta:
        model = Comment
        fields = ("id", "subject", "author", "body", "version", "created_at", "edited_at", "removed_at")


class CommentQuery(CursorListing):
    """What narrows the list of comments."""

    ordering = Ordering("-created_at", "created_at")
    subject = SubjectField(required=False, max_length=120, help_text="What they are about, as `kind:id`.")


class CommentEditBody(Body):
    """Other words for a comment."""

    example = {"body": "Which invoices are not sorted yet?"}
    body = serializers.CharField(max_length=LONGEST_BODY, help_text="Markdown; `@` and a user name tells somebody.")


class CommentBody(CommentEditBody):
    """A new comment."""

    example = {
        "subject": "use_case:0d7c9a40-5a0f-4a7e-8a3e-6d4d3f0f1b11",
        "body": "Which invoices are *not* sorted, @business-owner?",
    }
    subject = SubjectField(max_length=120, help_text="What it is about, as `kind:id`.")
