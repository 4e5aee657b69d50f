"""Addresses of the prompts."""

from django.urls import path

from apps.prompts import views

app_name = "prompts"
urlpatterns = [
    path("", views.prompt_list, name="list"),
    path("new", views.new, name="new"),
    path("<slug:slug>/", views.detail, name="detail"),
    path("<slug:slug>/compare", views.compare, name="compare"),
    path("<slug:slug>/discussion", views.discussion, name="discussion"),
    path("<slug:slug>/history", views.history, name="history"),
    path("<slug:slug>/new-version", views.new_version, name="new_version"),
    path("<slug:slug>/production", views.set_production, name="set_production"),
]
