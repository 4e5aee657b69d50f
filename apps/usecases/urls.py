"""Addresses of the registry."""

from django.urls import path

from apps.usecases import views

app_name = "usecases"
urlpatterns = [
    path("", views.case_list, name="list"),
    path("register", views.register, name="register"),
    path("<str:ref>/", views.detail, name="detail"),
    path("<str:ref>/edit", views.edit, name="edit"),
    path("<str:ref>/submit", views.submit, name="submit"),
    path("<str:ref>/advance", views.advance, name="advance"),
]
