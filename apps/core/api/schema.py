"""What the OpenAPI document says beyond what drf-spectacular reads from the code by itself."""

from typing import Any

from drf_spectacular.extensions import OpenApiSerializerExtension
from drf_spectacular.openapi import AutoSchema

from apps.core.api.reading import Body


class ClosedBody(OpenApiSerializerExtension):  # type: ignore[no-untyped-call]  # drf-spectacular is half typed
    """Says in the OpenAPI document that a body takes no other fields."""

    target_class = Body
    match_subclasses = True

    def map_serializer(self, auto_schema: AutoSchema, direction: Any) -> Any:
        """The usual schema, closed."""
        usual: Any = auto_schema._map_serializer
        schema = usual(self.target, direction, bypass_extensions=True)
        return {**schema, "additionalProperties": False}
