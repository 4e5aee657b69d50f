"""Addresses of the registry."""

from django.urls import path

from apps.usecases import views

app_name = "usecases"
urlpatterns = [
    path("", views.case_list, name="list"),
    path("register", views.register, name="register"),
    path("<str:ref>/", views.detail, name="detail"),
    path("<str:ref>/evidence", views.case_evidence, name="evidence"),
    path("<str:ref>/evaluations", views.case_evaluations, name="evaluations"),
    path("<str:ref>/discussion", views.case_discussion, name="discussion"),
    path("<str:ref>/history", views.case_history, name="history"),
    path("<str:ref>/edit", views.edit, name="edit"),
    path("<str:ref>/submit", views.submit, name="submit"),
    path("<str:ref>/advance", views.advance, name="advance"),
]
