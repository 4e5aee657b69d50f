"""Addresses of the API of people and access."""

from django.urls import path

from apps.accounts.api import organisation, people, sharing, tokens

urlpatterns = [
    path("tokens/", tokens.Tokens.as_view(), name="api-tokens"),
    path("people/", people.People.as_view(), name="api-people"),
    path("people/<str:username>/", people.PersonDetail.as_view(), name="api-person"),
    path("people/<str:username>/deactivate/", people.Deactivate.as_view(), name="api-person-deactivate"),
    path("people/<str:username>/reactivate/", people.Reactivate.as_view(), name="api-person-reactivate"),
    path("people/<str:username>/roles/", people.Roles.as_view(), name="api-person-roles"),
    path("people/<str:username>/roles/<uuid:membership>/", people.RoleDetail.as_view(), name="api-person-role"),
    path("shares/<slug:kind>/<uuid:key>/", sharing.Sharing.as_view(), name="api-share"),
    path("units/", organisation.Units.as_view(), name="api-units"),
    path("units/<uuid:key>/", organisation.UnitDetail.as_view(), name="api-unit"),
    path("teams/", organisation.Teams.as_view(), name="api-teams"),
    path("teams/<uuid:key>/", organisation.TeamDetail.as_view(), name="api-team"),
    path("teams/<uuid:key>/close/", organisation.TeamClose.as_view(), name="api-team-close"),
]
