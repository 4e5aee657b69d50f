"""Addresses of the prompts' API."""

from django.urls import path

from apps.prompts.api import views

urlpatterns = [
    path("prompts/", views.Prompts.as_view(), name="api-prompts"),
    path("prompts/<slug:slug>/", views.PromptDetail.as_view(), name="api-prompt"),
    path("prompts/<slug:slug>/versions/", views.Versions.as_view(), name="api-prompt-versions"),
    path("prompts/<slug:slug>/versions/<int:number>/", views.VersionDetail.as_view(), name="api-prompt-version"),
    path("prompts/<slug:slug>/labels/<slug:label>/", views.LabelDetail.as_view(), name="api-prompt-label"),
]
