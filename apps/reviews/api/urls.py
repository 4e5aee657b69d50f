"""Addresses of the reviews' API."""

from django.urls import path

from apps.reviews.api import views

urlpatterns = [
    path("reviews/", views.Reviews.as_view(), name="api-reviews"),
    path("reviews/<uuid:review_id>/", views.ReviewDetail.as_view(), name="api-review"),
    path("reviews/<uuid:review_id>/decide/", views.ReviewDecide.as_view(), name="api-review-decide"),
    path("reviews/<uuid:review_id>/withdraw/", views.ReviewWithdraw.as_view(), name="api-review-withdraw"),
]
