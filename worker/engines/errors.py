"""Why an engine stops before its work is done."""


class StopRequestedError(Exception):
    """Someone asked for the job to be cancelled."""


class EndpointDownError(Exception):
    """The endpoint refuses or fails so steadily that going on would only collect errors."""


class AnswerError(Exception):
    """One sample got no answer; the message goes into its result."""
