"""Addresses of datasets and evaluation runs."""

from django.urls import path

from apps.evaluations import views

app_name = "evaluations"
urlpatterns = [
    path("datasets/", views.dataset_list, name="datasets"),
    path("datasets/new", views.new_dataset, name="new_dataset"),
    path("datasets/<slug:slug>/", views.dataset, name="dataset"),
    path("datasets/<slug:slug>/evaluations", views.dataset_runs, name="dataset_runs"),
    path("datasets/<slug:slug>/evaluations.csv", views.dataset_runs_csv, name="dataset_runs_csv"),
    path("datasets/<slug:slug>/discussion", views.dataset_discussion, name="dataset_discussion"),
    path("datasets/<slug:slug>/history", views.dataset_history, name="dataset_history"),
    path("evaluations/", views.run_list, name="list"),
    path("evaluations/new", views.new, name="new"),
    path("evaluations/<uuid:run_id>/", views.detail, name="detail"),
    path("evaluations/<uuid:run_id>/discussion", views.discussion, name="discussion"),
    path("evaluations/<uuid:run_id>/history", views.history, name="history"),
    path("evaluations/<uuid:run_id>/<slug:key>.csv", views.chart_csv, name="chart_csv"),
    path("evaluations/<uuid:run_id>/cancel", views.cancel, name="cancel"),
]
