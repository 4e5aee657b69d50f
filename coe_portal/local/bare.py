"""A Django site of one view that does nothing: what the machine and the server can do at best, to compare with."""

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse
from django.urls import path

_PAGE = b"<!doctype html><title>Bare</title>" + b"<p>Nothing.</p>" * 100


def bare(request: HttpRequest) -> HttpResponse:
    """A page without database, session or template."""
    return HttpResponse(_PAGE)


urlpatterns = [path("", bare)]
settings.configure(ROOT_URLCONF=__name__, ALLOWED_HOSTS=["127.0.0.1"], SECRET_KEY="guards nothing", MIDDLEWARE=[])  # noqa: S106
application = get_wsgi_application()
