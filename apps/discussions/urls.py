"""Addresses of the discussions."""

from django.urls import path

from apps.discussions import views

app_name = "discussions"
urlpatterns = [
    path("comments/<uuid:comment_id>/edit", views.edit, name="edit"),
    path("comments/<uuid:comment_id>/remove", views.remove, name="remove"),
    path("<str:kind>/<str:key>/", views.panel, name="panel"),
]
