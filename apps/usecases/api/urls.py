"""Addresses of the registry's API."""

from django.urls import path

from apps.usecases.api import gate_views as gates
from apps.usecases.api import record_views as record
from apps.usecases.api import views

urlpatterns = [
    path("use-cases/", views.Cases.as_view(), name="api-use-cases"),
    path("use-cases/<str:ref>/", views.CaseDetail.as_view(), name="api-use-case"),
    path("use-cases/<str:ref>/submit/", views.CaseSubmit.as_view(), name="api-use-case-submit"),
    path("use-cases/<str:ref>/advance/", views.CaseAdvance.as_view(), name="api-use-case-advance"),
    path("use-cases/<str:ref>/stage/", gates.CaseStage.as_view(), name="api-use-case-stage"),
    path("use-cases/<str:ref>/route/", gates.CaseRoute.as_view(), name="api-use-case-route"),
    path("use-cases/<str:ref>/timeline/", gates.CaseTimeline.as_view(), name="api-use-case-timeline"),
    path("use-cases/<str:ref>/retire/", gates.CaseRetire.as_view(), name="api-use-case-retire"),
    path("use-cases/<str:ref>/break-glass/", gates.CaseBreakGlass.as_view(), name="api-use-case-break-glass"),
    path("use-cases/<str:ref>/join/", gates.CaseJoin.as_view(), name="api-use-case-join"),
    path("use-cases/<str:ref>/answers/", record.CaseAnswers.as_view(), name="api-use-case-answers"),
    path("use-cases/<str:ref>/tier/", record.CaseTier.as_view(), name="api-use-case-tier"),
    path("use-cases/<str:ref>/tier/raise/", record.CaseTierRaise.as_view(), name="api-use-case-tier-raise"),
    path("use-cases/<str:ref>/tier/lower/", record.CaseTierLower.as_view(), name="api-use-case-tier-lower"),
    path("use-cases/<str:ref>/tier/confirm/", record.CaseTierConfirm.as_view(), name="api-use-case-tier-confirm"),
    path("use-cases/<str:ref>/tier/decline/", record.CaseTierDecline.as_view(), name="api-use-case-tier-decline"),
]
for part, (rows, row) in record.part_views().items():
    urlpatterns += [
        path(f"use-cases/<str:ref>/{part}/", rows, name=f"api-use-case-{part}"),
        path(f"use-cases/<str:ref>/{part}/<uuid:row_id>/", row, name=f"api-use-case-{part}-row"),
    ]
