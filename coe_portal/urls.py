"""Every address of the site."""

from django.contrib import admin
from django.contrib.auth import views as auth
from django.urls import include, path

from apps.accounts.views import sign_in
from apps.core import bundles

urlpatterns = [
    path("", include("apps.portal.urls")),
    path("assets/<str:digest>/<str:name>", bundles.serve, name="bundle"),
    path("", include("apps.evaluations.urls")),
    path("use-cases/", include("apps.usecases.urls")),
    path("models/", include("apps.catalog.urls")),
    path("prompts/", include("apps.prompts.urls")),
    path("egress/", include("apps.egress.urls")),
    path("reviews/", include("apps.reviews.urls")),
    path("discussions/", include("apps.discussions.urls")),
    path("notifications/", include("apps.notifications.urls")),
    path("webhooks/", include("apps.notifications.urls.webhooks")),
    path("audit/", include("apps.audit.urls")),
    path("", include("apps.accounts.urls.account")),
    path("people/", include("apps.accounts.urls.people")),
    path("accounts/login/", sign_in.SignIn.as_view(), name="login"),
    path("accounts/oidc/login/", sign_in.begin, name="oidc_login"),
    path("accounts/oidc/callback/", sign_in.callback, name="oidc_callback"),
    path("accounts/logout/", auth.LogoutView.as_view(), name="logout"),
    path("admin/", admin.site.urls),
    path("api/", include("coe_portal.api")),
    path("", include("coe_portal.operations.urls")),
]

handler400 = "apps.portal.views.bad_request"
handler403 = "apps.portal.views.forbidden"
handler404 = "apps.portal.views.not_found"
handler500 = "apps.portal.views.server_error"
