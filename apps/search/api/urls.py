"""Address of the search's API."""

from django.urls import path

from apps.search.api import views

urlpatterns = [path("search/", views.Search.as_view(), name="api-search")]
