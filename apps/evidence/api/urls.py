"""Addresses of the claims' API."""

from django.urls import path

from apps.evidence.api import views

urlpatterns = [
    path("claims/", views.Claims.as_view(), name="api-claims"),
    path("claims/<uuid:claim_id>/", views.ClaimDetail.as_view(), name="api-claim"),
]
