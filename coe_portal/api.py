"""Every address of the API: `v1/` of all apps, the OpenAPI document and its page."""

from typing import Any, NoReturn

from django.http import HttpRequest
from django.urls import include, path, re_path
from django.views.generic import TemplateView
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularJSONAPIView
from rest_framework.exceptions import NotFound

from apps.core.api import Resource, schema

# drf-spectacular knows an extension once its module is loaded.
EXTENSIONS = (schema.ClosedBody, schema.TokenScheme)


@extend_schema(exclude=True)
class NoSuchAddress(Resource):
    """Answers for every other address under `/api/`, so that a caller never gets a page for people."""

    def http_method_not_allowed(self, request: HttpRequest, *args: Any, **kwargs: Any) -> NoReturn:
        """Whatever the method, there is nothing here."""
        raise NotFound("There is no such address; addresses of the API end with a slash. See /api/docs/.")


v1 = [
    path("", include("apps.accounts.api.urls")),
    path("", include("apps.catalog.api.urls")),
    path("", include("apps.prompts.api.urls")),
    path("", include("apps.usecases.api.urls")),
    path("", include("apps.evaluations.api.urls")),
    path("", include("apps.reviews.api.urls")),
    path("", include("apps.discussions.api.urls")),
    path("", include("apps.notifications.api.urls")),
    path("", include("apps.evidence.api.urls")),
    path("", include("apps.compute.api.urls")),
    path("", include("apps.audit.api.urls")),
    path("", include("apps.search.api.urls")),
    path("", include("apps.portal.api.urls")),
]

urlpatterns = [
    path("v1/", include(v1)),
    path("schema/", SpectacularJSONAPIView.as_view(), name="api-schema"),
    path("docs/", TemplateView.as_view(template_name="portal/api_docs.html"), name="api-docs"),
    re_path("", NoSuchAddress.as_view()),
]
