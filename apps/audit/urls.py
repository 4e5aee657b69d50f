"""Addresses of the audit trail."""

from django.urls import path

from apps.audit import views

app_name = "audit"
urlpatterns = [
    path("", views.event_list, name="list"),
    path("<int:sequence>/", views.event_detail, name="detail"),
]
