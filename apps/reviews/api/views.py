"""Reviews over the API: reading them, deciding, and what else ends or reopens them."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.response import Response

from apps.accounts import services as accounts
from apps.accounts.access import ApiRequest
from apps.core.api import Cursors, Resource, answers, changes, page, read_body, read_query
from apps.reviews import selectors, services
from apps.reviews.api.serializers import (
    DecisionBody,
    ReasonBody,
    ReviewDetailSerializer,
    ReviewQuery,
    ReviewSerializer,
)
from apps.reviews.models import ReviewRequest


def _shown(review_id: UUID, request: ApiRequest) -> dict[str, object]:
    found = selectors.request(review_id, viewer=request.user)
    return ReviewDetailSerializer(found, context={"request": request}).data


class Reviews(Resource):
    """Every review request."""

    pagination_class = Cursors

    @extend_schema(
        operation_id="listReviews", parameters=[ReviewQuery], responses=answers(ReviewSerializer(many=True), 404)
    )
    def get(self, request: ApiRequest) -> Response:
        """Review requests, newest first, with their decisions."""
        query = read_query(request, ReviewQuery)
        rows = selectors.requests(viewer=request.user)
        if "subject" in query:
            rows = selectors.about(query["subject"], viewer=request.user)
        equal = {name: query[name] for name in ("state", "gate") if name in query}
        return page(self, rows.filter(*_narrowed(query, request), **equal), ReviewSerializer, [query["ordering"]])


def _narrowed(query: dict[str, Any], request: ApiRequest) -> Iterator[Q]:
    """What the address asks of the steps that wait."""
    if "lane" in query:
        yield selectors.waits_in([query["lane"]])
    if (mine := query.get("waits_for_me")) is not None:
        yield selectors.waits_for(request.user) if mine else ~selectors.waits_for(request.user)
    if (late := query.get("overdue")) is not None:
        found = selectors.has_late_step(timezone.now())
        yield found if late else ~found


class ReviewDetail(Resource):
    """One review request."""

    def row(self, request: ApiRequest, review_id: UUID) -> ReviewRequest:
        """The request."""
        return selectors.request(review_id, viewer=request.user)

    def shown(self, request: ApiRequest, review_id: UUID) -> dict[str, object]:
        """The request as it is shown."""
        return _shown(review_id, request)

    @extend_schema(operation_id="getReview", responses=answers(ReviewDetailSerializer, 404))
    def get(self, request: ApiRequest, review_id: UUID) -> Response:
        """One review request with the frozen content and its evidence."""
        accounts.note_view_about(self.row(request, review_id).subject, by=request.user)
        return Response(self.shown(request, review_id))


class ReviewDecide(Resource):
    """Deciding."""

    @changes(ReviewDetail)
    @extend_schema(
        operation_id="decideReview",
        request=DecisionBody,
        responses=answers(ReviewDetailSerializer, 403, 404, 409, 412, 413, 415, 422),
    )
    def post(self, request: ApiRequest, review_id: UUID) -> Response:
        """Decide in one lane. 412 when the content has changed since: the request is then void."""
        review = selectors.request(review_id, viewer=request.user)
        services.decide(request_id=review.pk, by=request.user, **read_body(request, DecisionBody))
        return Response(_shown(review_id, request))


class ReviewWithdraw(Resource):
    """Taking a request back."""

    @changes(ReviewDetail)
    @extend_schema(
        operation_id="withdrawReview", request=None, responses=answers(ReviewDetailSerializer, 403, 404, 409, 415)
    )
    def post(self, request: ApiRequest, review_id: UUID) -> Response:
        """Withdraw an open request; only the person who asked may."""
        review = selectors.request(review_id, viewer=request.user)
        services.withdraw(request_id=review.pk, by=request.user)
        return Response(_shown(review_id, request))


class ReviewRecuse(Resource):
    """Stepping back."""

    @changes(ReviewDetail)
    @extend_schema(
        operation_id="recuseFromReview",
        request=ReasonBody,
        responses=answers(ReviewDetailSerializer, 403, 404, 413, 415, 422),
    )
    def post(self, request: ApiRequest, review_id: UUID) -> Response:
        """Say that the caller cannot decide on this, now or later."""
        review = selectors.request(review_id, viewer=request.user)
        services.recuse(request_id=review.pk, by=request.user, **read_body(request, ReasonBody))
        return Response(_shown(review_id, request))


class ReviewRevoke(Resource):
    """Taking an approval back."""

    @changes(ReviewDetail)
    @extend_schema(
        operation_id="revokeReview",
        request=ReasonBody,
        responses=answers(ReviewDetailSerializer, 403, 404, 409, 413, 415, 422),
    )
    def post(self, request: ApiRequest, review_id: UUID) -> Response:
        """Revoke an approval at once; the head of one of its lanes and the board may."""
        review = selectors.request(review_id, viewer=request.user)
        services.revoke(request_id=review.pk, by=request.user, **read_body(request, ReasonBody))
        return Response(_shown(review_id, request))


class ReviewOverturn(Resource):
    """The board deciding anew."""

    @changes(ReviewDetail)
    @extend_schema(
        operation_id="overturnReview",
        request=ReasonBody,
        responses=answers(ReviewDetailSerializer, 403, 404, 409, 412, 413, 415, 422),
    )
    def post(self, request: ApiRequest, review_id: UUID) -> Response:
        """Overturn a rejection; the board may. Lanes that have not decided yet are asked again."""
        review = selectors.request(review_id, viewer=request.user)
        services.overturn(request_id=review.pk, by=request.user, **read_body(request, ReasonBody))
        return Response(_shown(review_id, request))
