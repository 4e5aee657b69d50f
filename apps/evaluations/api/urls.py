"""Addresses of the API of datasets and runs."""

from django.urls import path

from apps.evaluations.api import datasets, runs

urlpatterns = [
    path("datasets/", datasets.Datasets.as_view(), name="api-datasets"),
    path("datasets/<slug:slug>/", datasets.DatasetDetail.as_view(), name="api-dataset"),
    path("datasets/<slug:slug>/versions/", datasets.DatasetVersions.as_view(), name="api-dataset-versions"),
    path(
        "datasets/<slug:slug>/versions/<int:number>/",
        datasets.DatasetVersionDetail.as_view(),
        name="api-dataset-version",
    ),
    path(
        "datasets/<slug:slug>/versions/<int:number>/items/", datasets.DatasetItems.as_view(), name="api-dataset-items"
    ),
    path("evaluation-runs/", runs.Runs.as_view(), name="api-evaluation-runs"),
    path("evaluation-runs/<uuid:run_id>/", runs.RunDetail.as_view(), name="api-evaluation-run"),
    path("evaluation-runs/<uuid:run_id>/results/", runs.RunResults.as_view(), name="api-evaluation-results"),
    path("evaluation-runs/<uuid:run_id>/cancel/", runs.RunCancel.as_view(), name="api-evaluation-run-cancel"),
]
