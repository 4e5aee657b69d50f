"""Webhooks and channels over the API: managing them, their secrets, reading the log, sending again."""

from uuid import UUID

from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework.response import Response

from apps.accounts.access import ApiRequest
from apps.core.api import Cursors, Resource, answers, changes, created, creates, page, read_body, read_query
from apps.notifications import selectors, services
from apps.notifications.api.serializers import (
    CreatedWebhookSerializer,
    DeliveryQuery,
    DeliverySerializer,
    NewSecretSerializer,
    SecretSerializer,
    WebhookBody,
    WebhookEditBody,
    WebhookQuery,
    WebhookSerializer,
)
from apps.notifications.models import WebhookEndpoint, WebhookSecret


def _found(request: ApiRequest, webhook_id: UUID) -> WebhookEndpoint:
    return selectors.webhook(webhook_id, viewer=request.user)


class Webhooks(Resource):
    """The webhooks and channels of the caller's teams."""

    @extend_schema(
        operation_id="listWebhooks", parameters=[WebhookQuery], responses=answers(WebhookSerializer(many=True), 404)
    )
    def get(self, request: ApiRequest) -> Response:
        """Webhooks and channels by name."""
        query = read_query(request, WebhookQuery)
        rows = selectors.webhooks(viewer=request.user).prefetch_related("secrets")
        kind = {"kind": query["kind"]} if "kind" in query else {}
        return page(self, rows.filter(**kind), WebhookSerializer, [query["ordering"]])

    @creates(secret=True)
    @extend_schema(
        operation_id="addWebhook",
        request=WebhookBody,
        responses=answers(CreatedWebhookSerializer, 403, 409, 413, 415, 422, status=201),
    )
    def post(self, request: ApiRequest) -> Response:
        """Add a webhook or channel; the signing secret is in this answer and in no other."""
        added = services.add_webhook(by=request.user, **read_body(request, WebhookBody))
        shown = CreatedWebhookSerializer(added.endpoint, context={"secret": added.secret}).data
        return created(shown, reverse("api-webhook", args=[added.endpoint.pk]))


class WebhookDetail(Resource):
    """One webhook or channel."""

    def row(self, request: ApiRequest, webhook_id: UUID) -> WebhookEndpoint:
        """The endpoint."""
        return _found(request, webhook_id)

    @extend_schema(operation_id="getWebhook", responses=answers(WebhookSerializer, 404))
    def get(self, request: ApiRequest, webhook_id: UUID) -> Response:
        """One webhook or channel."""
        return Response(WebhookSerializer(_found(request, webhook_id)).data)

    @changes()
    @extend_schema(
        operation_id="changeWebhook",
        request=WebhookEditBody,
        responses=answers(WebhookSerializer, 403, 404, 409, 413, 415, 422),
    )
    def patch(self, request: ApiRequest, webhook_id: UUID) -> Response:
        """Change name, events or address, or switch it on or off."""
        services.amend_webhook(
            endpoint=_found(request, webhook_id), by=request.user, values=read_body(request, WebhookEditBody)
        )
        return Response(WebhookSerializer(_found(request, webhook_id)).data)

    @changes(whatever=True)
    @extend_schema(operation_id="removeWebhook", request=None, responses=answers(None, 403, 404, 415, status=204))
    def delete(self, request: ApiRequest, webhook_id: UUID) -> Response:
        """Forget it with its secrets and its log."""
        services.remove_webhook(endpoint=_found(request, webhook_id), by=request.user)
        return Response(status=204)


class Secrets(Resource):
    """The signing secrets of a webhook."""

    @creates(secret=True)
    @extend_schema(
        operation_id="addWebhookSecret",
        request=None,
        responses=answers(NewSecretSerializer, 403, 404, 409, 415, status=201),
    )
    def post(self, request: ApiRequest, webhook_id: UUID) -> Response:
        """A further secret, in this answer and in no other; messages carry a signature of each."""
        secret = services.add_secret(endpoint=_found(request, webhook_id), by=request.user)
        return Response({"secret": secret}, status=201)


class SecretDetail(Resource):
    """One signing secret."""

    def row(self, request: ApiRequest, webhook_id: UUID, secret_id: UUID) -> WebhookSecret:
        """The secret."""
        return selectors.secret(secret_id, endpoint=_found(request, webhook_id))

    @extend_schema(operation_id="getWebhookSecret", responses=answers(SecretSerializer, 404))
    def get(self, request: ApiRequest, webhook_id: UUID, secret_id: UUID) -> Response:
        """A secret's ending and age."""
        return Response(SecretSerializer(self.row(request, webhook_id, secret_id)).data)

    @changes(whatever=True)
    @extend_schema(
        operation_id="dropWebhookSecret", request=None, responses=answers(None, 403, 404, 409, 415, status=204)
    )
    def delete(self, request: ApiRequest, webhook_id: UUID, secret_id: UUID) -> Response:
        """Sign with it no more; the last one stays."""
        services.drop_secret(endpoint=_found(request, webhook_id), secret_id=secret_id, by=request.user)
        return Response(status=204)


class Deliveries(Resource):
    """The messages to a webhook."""

    pagination_class = Cursors

    @extend_schema(
        operation_id="listWebhookDeliveries",
        parameters=[DeliveryQuery],
        responses=answers(DeliverySerializer(many=True), 404),
    )
    def get(self, request: ApiRequest, webhook_id: UUID) -> Response:
        """Messages of the last 30 days, newest first."""
        query = read_query(request, DeliveryQuery)
        state = {"state": query["state"]} if "state" in query else {}
        rows = selectors.deliveries(_found(request, webhook_id)).filter(**state)
        return page(self, rows, DeliverySerializer, [query["ordering"]])


class DeliveryDetail(Resource):
    """One message."""

    @extend_schema(operation_id="getWebhookDelivery", responses=answers(DeliverySerializer, 404))
    def get(self, request: ApiRequest, webhook_id: UUID, delivery_id: UUID) -> Response:
        """One message."""
        return Response(DeliverySerializer(selectors.delivery(delivery_id, endpoint=_found(request, webhook_id))).data)


class Replay(Resource):
    """Sending again."""

    @creates()
    @extend_schema(
        operation_id="replayWebhookDelivery",
        request=None,
        responses=answers(DeliverySerializer, 403, 404, 409, 415, status=201),
    )
    def post(self, request: ApiRequest, webhook_id: UUID, delivery_id: UUID) -> Response:
        """Send a message's words again, as a new message."""
        found = selectors.delivery(delivery_id, endpoint=_found(request, webhook_id))
        row = services.replay(found, by=request.user)
        at = reverse("api-webhook-delivery", args=[webhook_id, row.pk])
        return created(DeliverySerializer(row).data, at)
