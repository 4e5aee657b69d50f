"""Addresses of the reviews' API."""

from django.urls import path

from apps.reviews.api import promises, views

urlpatterns = [
    path("reviews/", views.Reviews.as_view(), name="api-reviews"),
    path("reviews/<uuid:review_id>/", views.ReviewDetail.as_view(), name="api-review"),
    path("reviews/<uuid:review_id>/decide/", views.ReviewDecide.as_view(), name="api-review-decide"),
    path("reviews/<uuid:review_id>/withdraw/", views.ReviewWithdraw.as_view(), name="api-review-withdraw"),
    path("reviews/<uuid:review_id>/recuse/", views.ReviewRecuse.as_view(), name="api-review-recuse"),
    path("reviews/<uuid:review_id>/revoke/", views.ReviewRevoke.as_view(), name="api-review-revoke"),
    path("reviews/<uuid:review_id>/overturn/", views.ReviewOverturn.as_view(), name="api-review-overturn"),
    path("conditions/", promises.Conditions.as_view(), name="api-conditions"),
    path("conditions/<uuid:condition_id>/", promises.ConditionDetail.as_view(), name="api-condition"),
    path("conditions/<uuid:condition_id>/meet/", promises.ConditionMeet.as_view(), name="api-condition-meet"),
    path("conditions/<uuid:condition_id>/verify/", promises.ConditionVerify.as_view(), name="api-condition-verify"),
    path("delegations/", promises.Delegations.as_view(), name="api-delegations"),
    path("delegations/<uuid:delegation_id>/", promises.DelegationDetail.as_view(), name="api-delegation"),
]
