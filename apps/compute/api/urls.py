"""Addresses of the jobs' API."""

from django.urls import path

from apps.compute.api import views

urlpatterns = [
    path("jobs/", views.Jobs.as_view(), name="api-jobs"),
    path("jobs/<uuid:job_id>/", views.JobDetail.as_view(), name="api-job"),
    path("jobs/<uuid:job_id>/attempts/", views.JobAttempts.as_view(), name="api-job-attempts"),
]
