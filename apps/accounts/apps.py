"""App registration."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """People, business units and roles; `access` alone answers who may do what."""

    name = "apps.accounts"
