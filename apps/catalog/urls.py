"""Addresses of the catalog."""

from django.urls import path

from apps.catalog import views

app_name = "catalog"
urlpatterns = [
    path("", views.endpoint_list, name="list"),
    path("new", views.new, name="new"),
    path("<slug:slug>/", views.detail, name="detail"),
]
