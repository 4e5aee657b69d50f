"""Why an engine stops before its work is done."""


class StopRequestedError(Exception):
    """Someone asked for the job to be cancelled."""


class WorkerStoppingError(Exception):
    """This worker is told to stop: another one is to go on with the job."""


class EndpointDownError(Exception):
    """The endpoint refuses or fails so steadily that going on would only collect errors."""


class PlanOutdatedError(Exception):
    """The portal has changed since the run was planned, so that going on would mix two ways of scoring."""


class AnswerError(Exception):
    """One sample got no answer; the message goes into its result."""


class RefusedError(Exception):
    """The portal refuses what the job is to do, and would refuse it again; the message says why."""
