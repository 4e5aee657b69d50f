"""Addresses of people, units, teams and service accounts."""

from django.urls import path

from apps.accounts.views import organisation, people, service_accounts, tokens

app_name = "people"
urlpatterns = [
    path("", people.people_list, name="list"),
    path("new", people.new, name="new"),
    path("units/", organisation.unit_list, name="units"),
    path("units/new", organisation.new_unit, name="new_unit"),
    path("units/<uuid:key>/", organisation.unit_detail, name="unit"),
    path("units/<uuid:key>/change", organisation.change_unit, name="change_unit"),
    path("units/<uuid:key>/term", organisation.unit_term, name="unit_term"),
    path("teams/", organisation.team_list, name="teams"),
    path("teams/new", organisation.new_team, name="new_team"),
    path("teams/<uuid:key>/", organisation.team_detail, name="team"),
    path("teams/<uuid:key>/change", organisation.change_team, name="change_team"),
    path("teams/<uuid:key>/close", organisation.close_team, name="close_team"),
    path("teams/<uuid:key>/members/new", organisation.add_member, name="add_member"),
    path("teams/<uuid:key>/members/<uuid:membership>/remove", organisation.remove_member, name="remove_member"),
    path("service-accounts/", service_accounts.account_list, name="service_accounts"),
    path("service-accounts/new", service_accounts.new, name="new_service_account"),
    path("service-accounts/<str:username>/", service_accounts.detail, name="service_account"),
    path("service-accounts/<str:username>/change", service_accounts.change, name="change_service_account"),
    path("service-accounts/<str:username>/tokens/new", tokens.new_service_token, name="new_service_token"),
    path("<str:username>/", people.detail, name="detail"),
    path("<str:username>/deactivate", people.deactivate, name="deactivate"),
    path("<str:username>/reactivate", people.reactivate, name="reactivate"),
    path("<str:username>/roles/new", people.grant, name="grant"),
    path("<str:username>/roles/<uuid:membership>/revoke", people.revoke, name="revoke"),
]
