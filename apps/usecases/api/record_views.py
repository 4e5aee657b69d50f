"""The record of a case over the API: its answers, its rows, and its tier."""

from collections.abc import Callable
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import QuerySet
from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from apps.accounts import services as accounts
from apps.accounts.access import ApiRequest
from apps.core.api import Body, Listing, Resource, answers, changes, created, creates, page, read_body, read_query
from apps.core.errors import NotFoundError
from apps.usecases import selectors, services
from apps.usecases.api import record_serializers as shapes
from apps.usecases.models import KIND, UseCase


def _case(request: ApiRequest, ref: str) -> UseCase:
    return selectors.use_case(ref, viewer=request.user)


class CaseAnswers(Resource):
    """What a case answers to the questions of the record."""

    def row(self, request: ApiRequest, ref: str) -> UseCase:
        """The case."""
        return _case(request, ref)

    def shown(self, request: ApiRequest, ref: str) -> dict[str, Any]:
        """The fields that are asked, with their answers."""
        return dict(shapes.AnswersSerializer({"fields_asked": selectors.asked(_case(request, ref))}).data)

    @extend_schema(operation_id="getUseCaseAnswers", responses=answers(shapes.AnswersSerializer, 404))
    def get(self, request: ApiRequest, ref: str) -> Response:
        """The questions that are asked of the case, by gate, each with its answer and what may be answered."""
        accounts.note_view(_case(request, ref), kind=KIND, by=request.user)
        return Response(self.shown(request, ref))

    @changes()
    @extend_schema(
        operation_id="answerUseCase", request=shapes.AnswersBody,
        responses=answers(shapes.AnswersSerializer, 403, 404, 409, 413, 415, 422),
    )  # fmt: skip
    def patch(self, request: ApiRequest, ref: str) -> Response:
        """Answer some questions; every wrong answer is named at once."""
        case = _case(request, ref)
        body = read_body(request, shapes.AnswersBody)
        services.answer(use_case=case, version=case.version, answers=body["answers"], by=request.user)
        return Response(self.shown(request, ref))


class CaseTier(Resource):
    """The risk tier of a case."""

    def row(self, request: ApiRequest, ref: str) -> UseCase:
        """The case."""
        return _case(request, ref)

    def shown(self, request: ApiRequest, ref: str) -> dict[str, Any]:
        """The tier, the rules that fired, and the adjustments."""
        case = _case(request, ref)
        result = selectors.weighed(case)
        told = {
            "tier": selectors.effective_tier(case), "computed": result.tier, "provisional": result.provisional,
            "eu_class": result.eu_class, "rule_set": result.rule_set.version, "open": result.open,
            "fired": result.fired, "changes": result.changes, "adjustments": selectors.adjustments(case),
        }  # fmt: skip
        return dict(shapes.TierSerializer(told).data)

    @extend_schema(operation_id="getUseCaseTier", responses=answers(shapes.TierSerializer, 404))
    def get(self, request: ApiRequest, ref: str) -> Response:
        """The tier that counts, every rule that fired and by which answers, and what would change it."""
        accounts.note_view(_case(request, ref), kind=KIND, by=request.user)
        return Response(self.shown(request, ref))


def _tier(request: ApiRequest, ref: str) -> Response:
    return Response(CaseTier().shown(request, ref))


class CaseTierRaise(Resource):
    """Raising the tier."""

    @changes(CaseTier)
    @extend_schema(
        operation_id="raiseUseCaseTier", request=shapes.RaiseTierBody,
        responses=answers(shapes.TierSerializer, 403, 404, 409, 413, 415, 422),
    )  # fmt: skip
    def post(self, request: ApiRequest, ref: str) -> Response:
        """Set a higher tier; any reviewer of the case may."""
        body = read_body(request, shapes.RaiseTierBody)
        services.raise_tier(use_case=_case(request, ref), by=request.user, **body)
        return _tier(request, ref)


class CaseTierLower(Resource):
    """Proposing a lower tier."""

    @changes(CaseTier)
    @extend_schema(
        operation_id="proposeLowerUseCaseTier", request=shapes.LowerTierBody,
        responses=answers(shapes.TierSerializer, 403, 404, 409, 413, 415, 422),
    )  # fmt: skip
    def post(self, request: ApiRequest, ref: str) -> Response:
        """Propose a lower tier until a day; it counts once a second person has confirmed it."""
        body = read_body(request, shapes.LowerTierBody)
        services.propose_lower_tier(use_case=_case(request, ref), by=request.user, **body)
        return _tier(request, ref)


class CaseTierConfirm(Resource):
    """Confirming the lower tier that is proposed."""

    @changes(CaseTier)
    @extend_schema(
        operation_id="confirmLowerUseCaseTier", request=None,
        responses=answers(shapes.TierSerializer, 403, 404, 409, 415),
    )  # fmt: skip
    def post(self, request: ApiRequest, ref: str) -> Response:
        """Confirm, as a second person, the lower tier that is proposed."""
        services.confirm_lower_tier(use_case=_case(request, ref), by=request.user)
        return _tier(request, ref)


class CaseTierDecline(Resource):
    """Declining the lower tier that is proposed."""

    @changes(CaseTier)
    @extend_schema(
        operation_id="declineLowerUseCaseTier", request=shapes.DeclineTierBody,
        responses=answers(shapes.TierSerializer, 403, 404, 409, 413, 415, 422),
    )  # fmt: skip
    def post(self, request: ApiRequest, ref: str) -> Response:
        """Decline the lower tier that is proposed, or take one's own proposal back."""
        body = read_body(request, shapes.DeclineTierBody)
        services.decline_lower_tier(use_case=_case(request, ref), by=request.user, **body)
        return _tier(request, ref)


class _Part(NamedTuple):
    """A part of the record over the API: how operations name it and one row of it, and its shapes."""

    key: str
    many: str
    one: str
    shape: type[serializers.BaseSerializer[Any]]
    body: type[Body]
    edit: type[Body] | None = None


_PARTS = (
    _Part("value", "ValueMeasures", "ValueMeasure", shapes.ValueSerializer, shapes.ValueBody, shapes.ValueEditBody),
    _Part("risks", "Risks", "Risk", shapes.RiskSerializer, shapes.RiskBody, shapes.RiskEditBody),
    _Part("pins", "Pins", "Pin", shapes.PinnedSerializer, shapes.PinBody),
    _Part(
        "adoption", "AdoptionFigures", "AdoptionFigure", shapes.AdoptionSerializer, shapes.AdoptionBody,
        shapes.AdoptionEditBody,
    ),
    _Part("contributors", "Contributors", "Contributor", shapes.ContributorSerializer, shapes.ContributorBody),
    _Part(
        "frameworks", "FrameworkLinks", "FrameworkLink", shapes.FrameworkSerializer, shapes.FrameworkBody,
        shapes.FrameworkEditBody,
    ),
)  # fmt: skip


def _rows(part: _Part, request: ApiRequest, ref: str) -> QuerySet[Any]:
    """The rows of a part, pinned versions with whether the caller may see them."""
    case = _case(request, ref)
    if part.key == "pins":
        return selectors.pinned_rows(case, viewer=request.user)
    return selectors.rows(case, part.key)


def _row(part: _Part, request: ApiRequest, ref: str, row_id: UUID) -> Any:
    found = _rows(part, request, ref).filter(pk=row_id).first()
    if found is None:
        raise NotFoundError("There is no such row in this record.")
    return part.shape(found).data


class _Row(Resource):
    """One row of the record: the case is locked, the row is compared."""

    part: _Part

    def row(self, request: ApiRequest, ref: str, row_id: UUID) -> UseCase:
        """The case."""
        return _case(request, ref)

    def shown(self, request: ApiRequest, ref: str, row_id: UUID) -> Any:
        """The row as it is shown."""
        return _row(self.part, request, ref, row_id)


def _lister(part: _Part) -> Any:
    @extend_schema(
        operation_id=f"listUseCase{part.many}", parameters=[Listing], responses=answers(part.shape(many=True), 404)
    )
    def get(self: Resource, request: ApiRequest, ref: str) -> Response:
        """The rows of this part of the record."""
        read_query(request, Listing)
        accounts.note_view(_case(request, ref), kind=KIND, by=request.user)
        return page(self, _rows(part, request, ref), part.shape)

    return get


def _adder(part: _Part) -> Any:
    @creates()
    @extend_schema(
        operation_id=f"addUseCase{part.one}", request=part.body,
        responses=answers(part.shape, 403, 404, 409, 413, 415, 422, status=201),
    )  # fmt: skip
    def post(self: Resource, request: ApiRequest, ref: str) -> Response:
        """Add a row to this part of the record."""
        case, body = _case(request, ref), read_body(request, part.body)
        row = services.add_row(use_case=case, part=part.key, version=case.version, by=request.user, **body)
        at = reverse(f"api-use-case-{part.key}-row", args=[ref, row.pk])
        return created(_row(part, request, ref, row.pk), at)

    return post


def _shower(part: _Part) -> Any:
    @extend_schema(operation_id=f"getUseCase{part.one}", responses=answers(part.shape, 404))
    def get(self: _Row, request: ApiRequest, ref: str, row_id: UUID) -> Response:
        """One row."""
        accounts.note_view(_case(request, ref), kind=KIND, by=request.user)
        return Response(self.shown(request, ref, row_id))

    return get


def _remover(part: _Part) -> Any:
    @changes()
    @extend_schema(
        operation_id=f"removeUseCase{part.one}", request=None, responses=answers(None, 403, 404, 409, 415, status=204)
    )
    def delete(self: _Row, request: ApiRequest, ref: str, row_id: UUID) -> Response:
        """Remove the row; the trail keeps it."""
        case = _case(request, ref)
        services.remove_row(use_case=case, part=part.key, row_id=row_id, version=case.version, by=request.user)
        return Response(status=204)

    return delete


def _changer(part: _Part, edit: type[Body]) -> Any:
    @changes()
    @extend_schema(
        operation_id=f"editUseCase{part.one}", request=edit, responses=answers(part.shape, 403, 404, 409, 413, 415, 422)
    )
    def patch(self: _Row, request: ApiRequest, ref: str, row_id: UUID) -> Response:
        """Change values of the row."""
        case, body = _case(request, ref), read_body(request, edit)
        services.change_row(use_case=case, part=part.key, row_id=row_id, version=case.version, by=request.user, **body)
        return Response(self.shown(request, ref, row_id))

    return patch


def _views(part: _Part) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """The handlers of one part: of all its rows, and of one."""
    many: Any = type(f"{part.one}Rows", (Resource,), {"get": _lister(part), "post": _adder(part)})
    verbs = {"get": _shower(part), "delete": _remover(part)}
    if part.edit:
        verbs["patch"] = _changer(part, part.edit)
    one: Any = type(f"{part.one}Row", (_Row,), {"part": part, **verbs})
    return many.as_view(), one.as_view()


def part_views() -> dict[str, tuple[Callable[..., Any], Callable[..., Any]]]:
    """The handlers of every part."""
    return {part.key: _views(part) for part in _PARTS}
