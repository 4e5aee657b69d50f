"""Addresses of the audit trail's API."""

from django.urls import path

from apps.audit.api import views

urlpatterns = [
    path("audit-events/", views.Events.as_view(), name="api-audit-events"),
    path("audit-events/<int:sequence>/", views.EventDetail.as_view(), name="api-audit-event"),
]
