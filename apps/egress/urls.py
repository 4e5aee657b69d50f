"""Addresses of permissions and secrets."""

from django.urls import path

from apps.egress import views

app_name = "egress"
urlpatterns = [
    path("", views.overview, name="list"),
    path("new", views.new, name="new"),
    path("<uuid:rule_id>/remove", views.remove, name="remove"),
    path("secrets/set", views.set_secret, name="set_secret"),
    path("secrets/<slug:name>/remove", views.remove_secret, name="remove_secret"),
]
