"""Datasets over the API."""

from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework.response import Response

from apps.accounts import services as accounts
from apps.accounts.access import ApiRequest
from apps.core.api import Cursors, Resource, answers, created, creates, page, read_body, read_query
from apps.evaluations import selectors, services
from apps.evaluations.api.serializers import (
    DatasetBody,
    DatasetItemQuery,
    DatasetItemSerializer,
    DatasetQuery,
    DatasetSerializer,
    DatasetVersionQuery,
    DatasetVersionSerializer,
)


class Datasets(Resource):
    """Every dataset."""

    @extend_schema(
        operation_id="listDatasets", parameters=[DatasetQuery], responses=answers(DatasetSerializer(many=True), 404)
    )
    def get(self, request: ApiRequest) -> Response:
        """Datasets by name, with number and size of their newest version."""
        query = read_query(request, DatasetQuery)
        rows = selectors.datasets(viewer=request.user).filter(selectors.matching(query.get("q", "")))
        return page(self, rows.select_related("team"), DatasetSerializer, [query["ordering"]])

    @creates()
    @extend_schema(
        operation_id="addDatasetVersion",
        request=DatasetBody,
        responses=answers(DatasetVersionSerializer, 403, 409, 413, 415, 422, status=201),
    )
    def post(self, request: ApiRequest) -> Response:
        """Add a dataset, or the next version of one whose slug exists.

        Sending the items of the newest version again adds nothing: the answer is that version.
        """
        version = services.add_dataset_version(by=request.user, **read_body(request, DatasetBody))
        at = reverse("api-dataset-version", args=[version.dataset.slug, version.number])
        return created(DatasetVersionSerializer(version).data, at)


class DatasetDetail(Resource):
    """One dataset."""

    @extend_schema(operation_id="getDataset", responses=answers(DatasetSerializer, 404))
    def get(self, request: ApiRequest, slug: str) -> Response:
        """One dataset."""
        found = selectors.dataset(slug, viewer=request.user)
        accounts.note_view(found, kind="dataset", by=request.user)
        return Response(DatasetSerializer(found).data)


class DatasetVersions(Resource):
    """The versions of a dataset."""

    @extend_schema(
        operation_id="listDatasetVersions",
        parameters=[DatasetVersionQuery],
        responses=answers(DatasetVersionSerializer(many=True), 404),
    )
    def get(self, request: ApiRequest, slug: str) -> Response:
        """The versions of a dataset, newest first."""
        order = read_query(request, DatasetVersionQuery)["ordering"]
        dataset = selectors.dataset(slug, viewer=request.user)
        accounts.note_view(dataset, kind="dataset", by=request.user)
        rows = selectors.dataset_versions(viewer=request.user).filter(dataset=dataset)
        return page(self, rows.select_related("created_by"), DatasetVersionSerializer, [order])


class DatasetVersionDetail(Resource):
    """One version of a dataset."""

    @extend_schema(operation_id="getDatasetVersion", responses=answers(DatasetVersionSerializer, 404))
    def get(self, request: ApiRequest, slug: str, number: int) -> Response:
        """One version of a dataset, without its items."""
        version = selectors.dataset_version(f"{slug}@{number}", viewer=request.user)
        accounts.note_view(version.dataset, kind="dataset", by=request.user)
        return Response(DatasetVersionSerializer(version).data)


class DatasetItems(Resource):
    """The items of a version."""

    pagination_class = Cursors

    @extend_schema(
        operation_id="listDatasetItems",
        parameters=[DatasetItemQuery],
        responses=answers(DatasetItemSerializer(many=True), 404),
    )
    def get(self, request: ApiRequest, slug: str, number: int) -> Response:
        """The items of a version in their order."""
        order = read_query(request, DatasetItemQuery)["ordering"]
        version = selectors.dataset_version(f"{slug}@{number}", viewer=request.user)
        accounts.note_view(version.dataset, kind="dataset", by=request.user)
        return page(self, version.items.all(), DatasetItemSerializer, [order])
