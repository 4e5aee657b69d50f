"""Addresses of the portal's own API."""

from django.urls import path

from apps.portal.api import views

urlpatterns = [path("me/", views.Me.as_view(), name="api-me")]
