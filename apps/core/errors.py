"""What a service refuses, with a stable code, an HTTP status and words that say what to do."""


class DomainError(Exception):
    """A refusal. `fields` maps form field names to messages, where the cause is one field's value."""

    code = "refused"
    status = 400

    def __init__(self, message: str, *, fields: dict[str, list[str]] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.fields = fields or {}


class InvalidError(DomainError):
    """A value is missing or wrong."""

    code = "invalid"
    status = 422


class NotFoundError(DomainError):
    """There is no such thing, or it is not visible to the asker."""

    code = "not-found"
    status = 404


class NotAllowedError(DomainError):
    """The person may not do this."""

    code = "not-allowed"
    status = 403


class ConflictError(DomainError):
    """The thing is not in a state that allows this."""

    code = "conflict"
    status = 409


class StaleError(DomainError):
    """The thing has changed since it was read."""

    code = "stale"
    status = 412


class TooOftenError(DomainError):
    """Asked so often that it must wait; `retry_after` is in seconds."""

    code = "throttled"
    status = 429

    def __init__(self, message: str, *, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after
