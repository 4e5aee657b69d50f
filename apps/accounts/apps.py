"""App registration, and that every session that begins is audited."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """People, business units and roles; `access` alone answers who may do what."""

    name = "apps.accounts"

    def ready(self) -> None:
        """Listen where all doors meet: Django says so whenever a session gets its person."""
        from django.contrib.auth.signals import user_logged_in, user_logged_out  # models can be imported by now

        from apps.accounts import middleware, sign_on

        user_logged_in.connect(middleware.begin_session, dispatch_uid="accounts.begin_session")
        user_logged_out.connect(middleware.end_session, dispatch_uid="accounts.end_session")
        sign_on.check_configuration()
