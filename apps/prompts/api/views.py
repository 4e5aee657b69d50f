"""Prompts, versions and labels over the API."""

from typing import Any

from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework.response import Response

from apps.accounts import services as accounts
from apps.accounts.access import ApiRequest
from apps.core.api import Resource, answers, changes, created, creates, page, read_body, read_query
from apps.core.errors import InvalidError
from apps.prompts import selectors, services
from apps.prompts.api.serializers import (
    LabelBody,
    PromptBody,
    PromptQuery,
    PromptSerializer,
    PromptVersionSerializer,
    VersionBody,
    VersionQuery,
)
from apps.prompts.models import Prompt, PromptVersion


def _created(version: PromptVersion) -> Response:
    at = reverse("api-prompt-version", args=[version.prompt.slug, version.number])
    return created(PromptVersionSerializer(version).data, at)


def _answer(slug: str, which: int | str, request: ApiRequest) -> Response:
    """The version, which is noted where only a team may see it."""
    found = selectors.version(f"{slug}@{which}", viewer=request.user)
    accounts.note_view(found.prompt, kind="prompt", by=request.user)
    return Response(PromptVersionSerializer(found).data)


class Prompts(Resource):
    """The prompt hub."""

    @extend_schema(
        operation_id="listPrompts", parameters=[PromptQuery], responses=answers(PromptSerializer(many=True), 404)
    )
    def get(self, request: ApiRequest) -> Response:
        """Prompts by name, with the numbers of their latest and labelled versions."""
        query = read_query(request, PromptQuery)
        rows = selectors.prompts(viewer=request.user).select_related("team").prefetch_related("labels__version")
        rows = rows.filter(selectors.matching(query.get("q", "")))
        return page(self, rows, PromptSerializer, [query["ordering"]])

    @creates()
    @extend_schema(
        operation_id="createPrompt",
        request=PromptBody,
        responses=answers(PromptVersionSerializer, 403, 409, 413, 415, 422, status=201),
    )
    def post(self, request: ApiRequest) -> Response:
        """Write a prompt; the answer is its first version."""
        return _created(services.create_prompt(by=request.user, **read_body(request, PromptBody)))


class PromptDetail(Resource):
    """One prompt."""

    @extend_schema(operation_id="getPrompt", responses=answers(PromptSerializer, 404))
    def get(self, request: ApiRequest, slug: str) -> Response:
        """One prompt with its labels."""
        found = selectors.prompt(slug, viewer=request.user)
        accounts.note_view(found, kind="prompt", by=request.user)
        return Response(PromptSerializer(found).data)


class Versions(Resource):
    """The versions of a prompt."""

    @extend_schema(
        operation_id="listPromptVersions",
        parameters=[VersionQuery],
        responses=answers(PromptVersionSerializer(many=True), 404),
    )
    def get(self, request: ApiRequest, slug: str) -> Response:
        """The versions of a prompt, newest first."""
        order = read_query(request, VersionQuery)["ordering"]
        prompt = selectors.prompt(slug, viewer=request.user)
        accounts.note_view(prompt, kind="prompt", by=request.user)
        rows = selectors.versions(viewer=request.user).filter(prompt=prompt).select_related("created_by")
        return page(self, rows, PromptVersionSerializer, [order])

    @creates()
    @extend_schema(
        operation_id="addPromptVersion",
        request=VersionBody,
        responses=answers(PromptVersionSerializer, 403, 404, 413, 415, 422, status=201),
    )
    def post(self, request: ApiRequest, slug: str) -> Response:
        """Add a version. Labels do not move by themselves."""
        prompt = selectors.prompt(slug, viewer=request.user)
        return _created(services.add_version(prompt=prompt, by=request.user, **read_body(request, VersionBody)))


class VersionDetail(Resource):
    """One version of a prompt."""

    @extend_schema(operation_id="getPromptVersion", responses=answers(PromptVersionSerializer, 404))
    def get(self, request: ApiRequest, slug: str, number: int) -> Response:
        """One version of a prompt."""
        return _answer(slug, number, request)


class LabelDetail(Resource):
    """The version that carries a label."""

    def row(self, request: ApiRequest, slug: str, label: str) -> Prompt:
        """The prompt, whose labels move one at a time."""
        return selectors.prompt(slug, viewer=request.user)

    def shown(self, request: ApiRequest, slug: str, label: str) -> dict[str, Any]:
        """The version as it is shown."""
        return PromptVersionSerializer(selectors.version(f"{slug}@{label}", viewer=request.user)).data

    @extend_schema(operation_id="getLabelledPromptVersion", responses=answers(PromptVersionSerializer, 404))
    def get(self, request: ApiRequest, slug: str, label: str) -> Response:
        """The version that carries the label now: what callers of `production` should send to the model."""
        return _answer(slug, label, request)

    @changes(makes=True)
    @extend_schema(
        operation_id="setPromptLabel",
        request=LabelBody,
        responses=answers(PromptVersionSerializer, 403, 404, 413, 415, 422),
    )
    def put(self, request: ApiRequest, slug: str, label: str) -> Response:
        """Point the label to a version; the answer is that version."""
        wanted: dict[str, Any] = read_body(request, LabelBody)
        prompt = selectors.prompt(slug, viewer=request.user)
        version = selectors.versions(viewer=request.user).filter(prompt=prompt, number=wanted["version"]).first()
        if version is None:
            message = f"{slug} has no version {wanted['version']}."
            raise InvalidError("The label was not moved.", fields={"version": [message]})
        services.set_label(version=version, name=label, by=request.user)
        return Response(PromptVersionSerializer(version).data)
