"""Comments over the API: reading, adding, editing, removing."""

from uuid import UUID

from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework.response import Response

from apps.accounts import services as accounts
from apps.accounts.access import ApiRequest
from apps.core.api import Cursors, Resource, answers, changes, created, creates, page, read_body, read_query
from apps.discussions import selectors, services
from apps.discussions.api.serializers import CommentBody, CommentEditBody, CommentQuery, CommentSerializer
from apps.discussions.models import Comment


class Comments(Resource):
    """Every comment on what the caller may see."""

    pagination_class = Cursors

    @extend_schema(
        operation_id="listComments", parameters=[CommentQuery], responses=answers(CommentSerializer(many=True), 404)
    )
    def get(self, request: ApiRequest) -> Response:
        """Comments, newest first, of one thing or of all that the caller may see."""
        query = read_query(request, CommentQuery)
        if "subject" in query:
            rows = selectors.about(query["subject"], viewer=request.user)
            accounts.note_view_about(query["subject"], by=request.user)
        else:
            rows = selectors.comments(viewer=request.user)
        return page(self, rows, CommentSerializer, [query["ordering"]])

    @creates()
    @extend_schema(
        operation_id="addComment",
        request=CommentBody,
        responses=answers(CommentSerializer, 404, 413, 415, 422, status=201),
    )
    def post(self, request: ApiRequest) -> Response:
        """Comment on something that the caller may see."""
        comment = services.add(by=request.user, **read_body(request, CommentBody))
        return created(CommentSerializer(comment).data, reverse("api-comment", args=[comment.pk]))


class CommentDetail(Resource):
    """One comment."""

    def row(self, request: ApiRequest, comment_id: UUID) -> Comment:
        """The comment."""
        return selectors.comment(comment_id, viewer=request.user)

    def shown(self, request: ApiRequest, comment_id: UUID) -> dict[str, object]:
        """The comment as it is shown."""
        return CommentSerializer(self.row(request, comment_id)).data

    @extend_schema(operation_id="getComment", responses=answers(CommentSerializer, 404))
    def get(self, request: ApiRequest, comment_id: UUID) -> Response:
        """One comment."""
        accounts.note_view_about(self.row(request, comment_id).subject, by=request.user)
        return Response(self.shown(request, comment_id))

    @changes()
    @extend_schema(
        operation_id="editComment",
        request=CommentEditBody,
        responses=answers(CommentSerializer, 403, 404, 409, 413, 415, 422),
    )
    def patch(self, request: ApiRequest, comment_id: UUID) -> Response:
        """Put other words in its place; only its author may."""
        comment = selectors.comment(comment_id, viewer=request.user)
        edited = services.edit(
            comment=comment, version=comment.version, by=request.user, **read_body(request, CommentEditBody)
        )
        return Response(CommentSerializer(edited).data)

    @changes(whatever=True)
    @extend_schema(operation_id="removeComment", request=None, responses=answers(None, 403, 404, 415, status=204))
    def delete(self, request: ApiRequest, comment_id: UUID) -> Response:
        """Erase its words; that there was a comment stays. Its author and administrators may."""
        services.remove(selectors.comment(comment_id, viewer=request.user), by=request.user)
        return Response(status=204)
