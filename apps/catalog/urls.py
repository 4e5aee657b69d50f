"""Addresses of the catalog."""

from django.urls import path

from apps.catalog import views

app_name = "catalog"
urlpatterns = [
    path("", views.endpoint_list, name="list"),
    path("new", views.new, name="new"),
    path("<slug:slug>/", views.detail, name="detail"),
    path("<slug:slug>/evaluations", views.runs, name="runs"),
    path("<slug:slug>/discussion", views.discussion, name="discussion"),
    path("<slug:slug>/history", views.history, name="history"),
]
