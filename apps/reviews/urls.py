"""Addresses of the reviews."""

from django.urls import path

from apps.reviews import views

app_name = "reviews"
urlpatterns = [
    path("", views.review_list, name="list"),
    path("<uuid:review_id>/", views.detail, name="detail"),
    path("<uuid:review_id>/changes", views.changes, name="changes"),
    path("<uuid:review_id>/withdraw", views.withdraw, name="withdraw"),
]
