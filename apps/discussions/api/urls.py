"""Addresses of the comments' API."""

from django.urls import path

from apps.discussions.api import views

urlpatterns = [
    path("comments/", views.Comments.as_view(), name="api-comments"),
    path("comments/<uuid:comment_id>/", views.CommentDetail.as_view(), name="api-comment"),
]
