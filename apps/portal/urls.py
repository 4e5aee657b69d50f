"""Addresses of the portal's own pages."""

from django.urls import path

from apps.portal import views

urlpatterns = [
    path("", views.home, name="home"),
    path("search", views.search, name="search"),
    path("go/<str:kind>/<str:key>", views.go, name="go"),
]
