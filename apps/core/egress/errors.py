"""Why an outgoing call was not made or not answered; the words never repeat what the other server said."""

from apps.core.errors import DomainError


class EgressError(DomainError):
    """An outgoing call failed."""

    code = "egress"
    status = 502


class RefusedError(EgressError):
    """The portal does not call this address: it is not permitted, or leads where nothing may go."""

    code = "egress-refused"
    status = 422


class CredentialError(EgressError):
    """The credential is not to be had here, or may not be sent to this address."""

    code = "egress-credential"
    status = 422


class UnreachableError(EgressError):
    """Nobody answered, or not in time, or the connection broke off."""

    code = "egress-unreachable"


class ReplyError(EgressError):
    """The answer is longer than it may be, or no HTTP."""

    code = "egress-reply"
