"""Addresses of the registry's API."""

from django.urls import path

from apps.usecases.api import views

urlpatterns = [
    path("use-cases/", views.Cases.as_view(), name="api-use-cases"),
    path("use-cases/<str:ref>/", views.CaseDetail.as_view(), name="api-use-case"),
    path("use-cases/<str:ref>/submit/", views.CaseSubmit.as_view(), name="api-use-case-submit"),
    path("use-cases/<str:ref>/advance/", views.CaseAdvance.as_view(), name="api-use-case-advance"),
]
