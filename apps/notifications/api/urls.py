"""Addresses of the webhooks' API."""

from django.urls import path

from apps.notifications.api import views

_ONE = "webhooks/<uuid:webhook_id>/"

urlpatterns = [
    path("webhooks/", views.Webhooks.as_view(), name="api-webhooks"),
    path(_ONE, views.WebhookDetail.as_view(), name="api-webhook"),
    path(f"{_ONE}secrets/", views.Secrets.as_view(), name="api-webhook-secrets"),
    path(f"{_ONE}secrets/<uuid:secret_id>/", views.SecretDetail.as_view(), name="api-webhook-secret"),
    path(f"{_ONE}deliveries/", views.Deliveries.as_view(), name="api-webhook-deliveries"),
    path(f"{_ONE}deliveries/<uuid:delivery_id>/", views.DeliveryDetail.as_view(), name="api-webhook-delivery"),
    path(f"{_ONE}deliveries/<uuid:delivery_id>/replay/", views.Replay.as_view(), name="api-webhook-replay"),
]
