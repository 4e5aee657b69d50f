"""Addresses of webhooks and channels."""

from django.urls import path

from apps.notifications.views import webhooks

app_name = "webhooks"
urlpatterns = [
    path("", webhooks.webhook_list, name="list"),
    path("new", webhooks.new, name="new"),
    path("<uuid:webhook_id>/", webhooks.detail, name="detail"),
    path("<uuid:webhook_id>/edit", webhooks.edit, name="edit"),
    path("<uuid:webhook_id>/switch", webhooks.switch, name="switch"),
    path("<uuid:webhook_id>/remove", webhooks.remove, name="remove"),
    path("<uuid:webhook_id>/secrets", webhooks.add_secret, name="add_secret"),
    path("<uuid:webhook_id>/secrets/<uuid:secret_id>/drop", webhooks.drop_secret, name="drop_secret"),
    path("<uuid:webhook_id>/deliveries/<uuid:delivery_id>/replay", webhooks.replay, name="replay"),
]
