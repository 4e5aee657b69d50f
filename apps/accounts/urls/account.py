"""Addresses of one's own tokens, and of sharing."""

from django.urls import path

from apps.accounts.views import sharing, tokens

app_name = "accounts"
urlpatterns = [
    path("account/tokens", tokens.token_list, name="tokens"),
    path("account/tokens/new", tokens.new_token, name="new_token"),
    path("account/tokens/<uuid:token>/revoke", tokens.revoke_token, name="revoke_token"),
    path("share/<str:kind>/<str:key>", sharing.share, name="share"),
    path("share/<str:kind>/<str:key>/remove", sharing.unshare, name="unshare"),
    path("share/<str:kind>/<str:key>/owner", sharing.assign, name="assign"),
]
