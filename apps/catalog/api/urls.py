"""Addresses of the catalog's API."""

from django.urls import path

from apps.catalog.api import views

urlpatterns = [
    path("endpoints/", views.Endpoints.as_view(), name="api-endpoints"),
    path("endpoints/<slug:slug>/", views.EndpointDetail.as_view(), name="api-endpoint"),
]
