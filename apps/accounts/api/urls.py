"""Addresses of the API of people and access."""

from django.urls import path

from apps.accounts.api import tokens

urlpatterns = [
    path("tokens/", tokens.Tokens.as_view(), name="api-tokens"),
]
