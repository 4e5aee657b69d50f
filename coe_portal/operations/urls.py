"""Addresses for machines that watch the site; the first three are answered before everything else."""

from django.urls import path

from coe_portal.operations import health, metrics, reports

# Path → handler. The outermost middleware answers these: probes use plain HTTP and an address instead of a host name.
PROBES = {"/healthz": health.healthz, "/readyz": health.readyz, "/metrics": metrics.exposition}

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", metrics.exposition, name="metrics"),
    path("csp-report", reports.csp_report, name="csp-report"),
]
