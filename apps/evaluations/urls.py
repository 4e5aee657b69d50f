"""Addresses of datasets and evaluation runs."""

from django.urls import path

from apps.evaluations import views

app_name = "evaluations"
urlpatterns = [
    path("datasets/", views.dataset_list, name="datasets"),
    path("datasets/new", views.new_dataset, name="new_dataset"),
    path("datasets/<slug:slug>/", views.dataset, name="dataset"),
    path("evaluations/", views.run_list, name="list"),
    path("evaluations/new", views.new, name="new"),
    path("evaluations/<uuid:run_id>/", views.detail, name="detail"),
    path("evaluations/<uuid:run_id>/cancel", views.cancel, name="cancel"),
]
