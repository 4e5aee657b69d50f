"""Addresses of one's own account, and of sharing."""

from django.urls import path

from apps.accounts.views import tokens

app_name = "accounts"
urlpatterns = [
    path("account/tokens", tokens.token_list, name="tokens"),
    path("account/tokens/new", tokens.new_token, name="new_token"),
    path("account/tokens/<uuid:token>/revoke", tokens.revoke_token, name="revoke_token"),
]
