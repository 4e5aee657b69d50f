"""Addresses of what people were told."""

from django.urls import path

from apps.notifications.views import inbox

app_name = "notifications"
urlpatterns = [
    path("", inbox.inbox, name="inbox"),
    path("count", inbox.count, name="count"),
    path("read", inbox.read_all, name="read_all"),
    path("preferences", inbox.preferences, name="preferences"),
    path("<uuid:notification_id>/", inbox.follow, name="follow"),
]
