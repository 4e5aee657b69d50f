"""Every address of the site."""

from django.contrib import admin
from django.contrib.auth import views as auth
from django.urls import include, path

from apps.accounts.forms import SignInForm

sign_in = auth.LoginView.as_view(authentication_form=SignInForm, redirect_authenticated_user=True)

urlpatterns = [
    path("", include("apps.portal.urls")),
    path("", include("apps.evaluations.urls")),
    path("use-cases/", include("apps.usecases.urls")),
    path("models/", include("apps.catalog.urls")),
    path("prompts/", include("apps.prompts.urls")),
    path("reviews/", include("apps.reviews.urls")),
    path("audit/", include("apps.audit.urls")),
    path("accounts/login/", sign_in, name="login"),
    path("accounts/logout/", auth.LogoutView.as_view(), name="logout"),
    path("admin/", admin.site.urls),
    path("api/", include("coe_portal.api")),
]

handler400 = "apps.portal.views.bad_request"
handler403 = "apps.portal.views.forbidden"
handler404 = "apps.portal.views.not_found"
handler500 = "apps.portal.views.server_error"
