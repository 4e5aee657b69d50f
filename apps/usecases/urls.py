"""Addresses of the registry."""

from django.urls import path

from apps.usecases.importers import views as importing
from apps.usecases.views import gates, intake, listing, pages, record, rows, stages, tiers

app_name = "usecases"
urlpatterns = [
    path("", listing.case_list, name="list"),
    path("register", intake.register, name="register"),
    path("register/draft", intake.save_draft, name="save_draft"),
    path("register/discard", intake.discard_draft, name="discard_draft"),
    path("similar", intake.similar, name="similar"),
    path("import", importing.new_import, name="import"),
    path("imports/<uuid:import_id>", importing.report, name="import_report"),
    path("imports/<uuid:import_id>/start", importing.start_import, name="start_import"),
    path("imports/<uuid:import_id>/csv", importing.report_csv, name="import_csv"),
    path("<str:ref>/", pages.detail, name="detail"),
    path("<str:ref>/record", record.record, name="record"),
    path("<str:ref>/record/<str:section>", record.section, name="section"),
    path("<str:ref>/rows/<str:part>", rows.rows, name="rows"),
    path("<str:ref>/rows/<str:part>/<uuid:row_id>", rows.row, name="row"),
    path("<str:ref>/rows/<str:part>/<uuid:row_id>/remove", rows.remove_row, name="remove_row"),
    path("<str:ref>/tier", tiers.tier, name="tier"),
    path("<str:ref>/tier/raise", tiers.raise_tier, name="raise_tier"),
    path("<str:ref>/tier/lower", tiers.lower_tier, name="lower_tier"),
    path("<str:ref>/tier/confirm", tiers.confirm_tier, name="confirm_tier"),
    path("<str:ref>/tier/decline", tiers.decline_tier, name="decline_tier"),
    path("<str:ref>/stage", stages.decide_stage, name="decide_stage"),
    path("<str:ref>/evidence", pages.case_evidence, name="evidence"),
    path("<str:ref>/evaluations", pages.case_evaluations, name="evaluations"),
    path("<str:ref>/discussion", pages.case_discussion, name="discussion"),
    path("<str:ref>/history", pages.case_history, name="history"),
    path("<str:ref>/edit", pages.edit, name="edit"),
    path("<str:ref>/join", intake.join, name="join"),
    path("<str:ref>/route", gates.route, name="route"),
    path("<str:ref>/submit", gates.submit, name="submit"),
    path("<str:ref>/advance", gates.advance, name="advance"),
    path("<str:ref>/retire", gates.retire, name="retire"),
    path("<str:ref>/break-glass", gates.break_glass, name="break_glass"),
]
