"""Reading what a caller sends: strict JSON, declared fields and parameters, and things by their public names."""

import json
import math
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from django.conf import settings
from rest_framework import exceptions, serializers
from rest_framework.fields import empty
from rest_framework.parsers import BaseParser
from rest_framework.request import Request

from apps.core.api.problems import flat
from apps.core.errors import InvalidError, NotFoundError
from apps.core.refs import Ref
from apps.core.text import clean_text

LARGEST_PAGE = 200
_DEEPEST = 32


class TooLarge(exceptions.APIException):
    """The body is larger than the portal takes."""

    status_code = 413
    default_detail = "The body is too large."
    default_code = "too_large"


class StrictJSON(BaseParser):
    """JSON as RFC 8259 has it: UTF-8, finite numbers, storable text, bounded in size and depth."""

    media_type = "application/json"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        """The value in the body. Raises ParseError, TooLarge."""
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE or 0
        raw = stream.read(limit + 1)
        if len(raw) > limit:
            raise TooLarge(f"The body is larger than {limit:,} bytes.")
        try:
            value = json.loads(raw.decode("utf-8"), parse_constant=_no_constant, object_pairs_hook=_once)
        except (ValueError, RecursionError) as error:
            raise exceptions.ParseError(f"The body is not JSON in UTF-8: {_words(error)}.") from error
        _check_storable(value)
        return value


class Ambiguous(ValueError):
    """JSON that not every program understands alike."""


def _no_constant(name: str) -> None:
    raise Ambiguous(f"{name} is not a JSON number")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        raise Ambiguous(f"an object names {next(name for name in names if names.count(name) > 1)!r:.60} twice")
    return found


def _words(error: Exception) -> str:
    match error:
        case RecursionError():
            return "nested too deeply"
        case json.JSONDecodeError() | Ambiguous():
            return str(error)
        case UnicodeDecodeError():
            return f"byte {error.start + 1} is not UTF-8"
        case _:
            return "a number has too many digits"


def _check_storable(value: Any) -> None:
    """Walk without recursion. Raises ParseError on what PostgreSQL or canonical JSON cannot hold."""
    waiting = [(value, 0)]
    while waiting:
        found, depth = waiting.pop()
        if depth > _DEEPEST:
            raise exceptions.ParseError(f"The body is nested more than {_DEEPEST} levels deep.")
        if isinstance(found, str) and clean_text(found) != found:
            raise exceptions.ParseError("The body holds text with a NUL or half of a surrogate pair.")
        if isinstance(found, float) and not math.isfinite(found):
            raise exceptions.ParseError("The body holds a number that is too large.")
        if isinstance(found, dict):
            waiting.extend((part, depth + 1) for part in (*found, *found.values()))
        elif isinstance(found, list):
            waiting.extend((part, depth + 1) for part in found)


class Query(serializers.Serializer[Any]):
    """The declared parameters of an address; any other is refused, so that a misspelt filter filters nothing."""

    def to_internal_value(self, data: Any) -> Any:
        """The parameters by name. Raises ValidationError."""
        refused = _unknown(self, data, "There is no such parameter here.")
        return _read(super().to_internal_value, data, refused)


class Ordering(serializers.ChoiceField):
    """The declared orders of a list, by column, `-` for the other direction; the first holds without it."""

    def __init__(self, *orders: str) -> None:
        super().__init__(orders, required=False, default=orders[0], help_text="In which order; `-` turns it around.")


class _Part(Query):
    page_size = serializers.IntegerField(
        min_value=1, max_value=LARGEST_PAGE, required=False, help_text="Rows at once, 50 without."
    )


class Listing(_Part):
    """The parameters of every small list, which comes in numbered pages."""

    page = serializers.IntegerField(min_value=1, max_value=1_000_000, required=False, help_text="Which page, from 1.")


class CursorListing(_Part):
    """The parameters of every list that grows without end; its view has `pagination_class = Cursors`."""

    cursor = serializers.CharField(required=False, max_length=1000, help_text="As `next` of the part before has it.")


class Body(serializers.Serializer[Any]):
    """The declared fields of a body; any other is refused, so that a misspelt field is not silently lost.

    `example` is shown in the OpenAPI document, and a test holds it to the shape.
    """

    example: ClassVar[dict[str, Any]] = {}

    def to_internal_value(self, data: Any) -> Any:
        """The fields by name. Raises ValidationError."""
        refused = {}
        if isinstance(data, Mapping):
            refused = _no_text(self, data) | _unknown(self, data, "There is no such field here.")
        return _read(super().to_internal_value, data, refused)


class ChangeBody(Body):
    """The fields of a thing to change, at least one; what is left out stays as it is."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.required = False

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """At least one field. Raises ValidationError."""
        if not attrs:
            raise serializers.ValidationError("Name at least one field to change.")
        return attrs


def _read(read: Callable[[Any], Any], data: Any, refused: dict[str, list[str]]) -> Any:
    """What `read` makes of the data. Raises ValidationError with what is refused beside all else that is wrong."""
    try:
        value = read(data)
    except serializers.ValidationError as error:
        if refused and isinstance(error.detail, dict):
            raise serializers.ValidationError({**error.detail, **refused}) from error
        raise
    if refused:
        raise serializers.ValidationError(refused)
    return value


def _unknown(serializer: serializers.Serializer[Any], data: Mapping[str, Any], message: str) -> dict[str, list[str]]:
    return {name: [message] for name in data if name not in serializer.fields}


def _no_text(serializer: serializers.Serializer[Any], data: Mapping[str, Any]) -> dict[str, list[str]]:
    """The numbers where words belong, which the framework would write down as words."""
    texts = ((name, field) for name, field in serializer.fields.items() if isinstance(field, serializers.CharField))
    words = {name for name, field in texts if not isinstance(field, Written)}
    return {name: ["Write text, in quotes."] for name in words & data.keys() if isinstance(data[name], int | float)}


def read_query(request: Request, shape: type[Query]) -> dict[str, Any]:
    """The parameters of the address. Raises ValidationError (400)."""
    query = shape(data=request.query_params, context={"request": request})
    query.is_valid(raise_exception=True)
    return dict(query.validated_data)


def read_body(request: Request, shape: type[Body]) -> dict[str, Any]:
    """The fields of the body. Raises ParseError (400), InvalidError (422) with one entry a faulty value."""
    body = shape(data=request.data, context={"request": request})
    if not body.is_valid():
        raise InvalidError("Some values are missing or wrong; see errors.", fields=flat(body.errors))
    return dict(body.validated_data)


class Written(serializers.CharField):
    """Text, or a number as it is written down."""


class Named(serializers.CharField):
    """A thing by its public name; `find(name, viewer=…)` finds it among what the caller may see."""

    def __init__(self, find: Callable[..., Any], **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 200)
        super().__init__(**kwargs)
        self.find = find

    def run_validation(self, data: Any = empty) -> Any:
        """The thing, or None where null is allowed and given. Raises ValidationError."""
        name = super().run_validation(data)
        if not name:
            return None
        try:
            return self.find(name, viewer=self.context["request"].user)
        except NotFoundError as error:
            raise serializers.ValidationError(error.message, code="unknown") from error


class SubjectField(serializers.CharField):
    """A reference `kind:id`, such as `use_case:6f1c…`, to anything in the portal."""

    def run_validation(self, data: Any = empty) -> Any:
        """The reference. Raises ValidationError."""
        kind, colon, key = str(super().run_validation(data)).partition(":")
        if not (kind and colon and key):
            raise serializers.ValidationError("Write kind:id, such as use_case:6f1c2a5e-….")
        return Ref(kind, key)
