"""Addresses of the reviews."""

from django.urls import path

from apps.reviews.views import conditions, deciding, delegations, reviews

app_name = "reviews"
urlpatterns = [
    path("", reviews.review_list, name="list"),
    path("conditions/", conditions.condition_list, name="conditions"),
    path("conditions/<uuid:condition_id>/", conditions.condition, name="condition"),
    path("delegations/", delegations.delegation_list, name="delegations"),
    path("delegations/<uuid:delegation_id>/end", delegations.end_delegation, name="end_delegation"),
    path("<uuid:review_id>/", reviews.detail, name="detail"),
    path("<uuid:review_id>/changes", reviews.changes, name="changes"),
    path("<uuid:review_id>/decide", deciding.decide, name="decide"),
    path("<uuid:review_id>/withdraw", deciding.withdraw, name="withdraw"),
    path("<uuid:review_id>/recuse", deciding.recuse, name="recuse"),
    path("<uuid:review_id>/revoke", deciding.revoke, name="revoke"),
    path("<uuid:review_id>/overturn", deciding.overturn, name="overturn"),
]
