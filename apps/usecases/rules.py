"""Gates between stages, what each asks for, and what a review freezes."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from apps.core.errors import ConflictError, InvalidError
from apps.core.hashing import sha256_hex
from apps.evidence.models import Verdict
from apps.usecases.models import Stage, Standing, TopicArea

EVALUATION_PASSED = "evaluation.passed"

PINS = {"prompt_version": "a pinned prompt version", "endpoint": "a pinned model endpoint"}
CLAIMS = {EVALUATION_PASSED: "a passed evaluation of exactly the pinned prompt and endpoint (threshold at least 50 %)"}


@dataclass(frozen=True)
class Gate:
    """The door out of `stage`: the lanes that decide, the fields and the claims it needs."""

    key: str
    stage: Stage
    to: Stage
    lanes: tuple[str, ...]
    fields: tuple[str, ...] = ()
    claims: tuple[str, ...] = ()
    # An evaluation against a lower bar than this share of right answers says nothing at the gate.
    least_threshold: Decimal = Decimal("0.5")


GATES: dict[str, Gate] = {
    gate.stage.value: gate
    for gate in (
        Gate("G1", Stage.DISCOVER, Stage.PLAY, ("steward",)),
        Gate("G2", Stage.PLAY, Stage.DEVELOP, ("architecture",), tuple(PINS), (EVALUATION_PASSED,)),
        Gate("G3", Stage.DEVELOP, Stage.DEPLOY, ("architecture", "steward"), tuple(PINS), (EVALUATION_PASSED,)),
    )
}


def missing(gate: Gate, *, pinned: Collection[str], passed: Collection[str]) -> list[str]:
    """What the gate still needs, in words: fields not among `pinned`, claims not among `passed`."""
    fields = [PINS[name] for name in gate.fields if name not in pinned]
    return fields + [CLAIMS[name] for name in gate.claims if name not in passed]


def configuration_hash(prompt_hash: str, endpoint_hash: str) -> str:
    """SHA-256 of the pair that is evaluated; "" unless both are known."""
    return sha256_hex([prompt_hash, endpoint_hash]) if prompt_hash and endpoint_hash else ""


def check_topic(topic_area: str, topic_other: str) -> None:
    """Raise InvalidError unless the area "other", and only it, comes with words."""
    if topic_area == TopicArea.OTHER and not topic_other.strip():
        raise InvalidError("Name the topic area.", fields={"topic_other": ["Say which topic area it is."]})
    if topic_area != TopicArea.OTHER and topic_other:
        raise InvalidError(
            "The topic area is given twice.", fields={"topic_other": ["Leave this empty unless the area is Other."]}
        )


def check_version(*, seen: int, current: int) -> None:
    """Raise InvalidError when the case was saved by someone else since the form was opened."""
    if seen != current:
        raise ConflictError(
            "Someone else saved this case while you were editing. Nothing of yours was saved: open it again, "
            "compare, and enter your change once more."
        )


def check_submittable(gate: Gate | None, lacking: Collection[str], *, standing: str, approved_gate: str | None) -> Gate:
    """The gate to submit to. Raises ConflictError at the end or when cleared, InvalidError with what is missing."""
    if gate is None:
        raise ConflictError("There is no further gate from this stage.")
    if standing == Standing.CLEARED and approved_gate == gate.key:
        raise ConflictError(f"Gate {gate.key} is already cleared for the case as it is now.")
    if lacking:
        raise InvalidError(f"Gate {gate.key} still needs {'; '.join(lacking)}.")
    return gate


def check_can_advance(gate: Gate | None, lacking: Collection[str], *, standing: str, approved_gate: str | None) -> Gate:
    """The gate to pass. Raises ConflictError unless cleared for the case as it is, with all it needs still there."""
    if gate is None:
        raise ConflictError("There is no further stage.")
    if standing != Standing.CLEARED or approved_gate != gate.key:
        raise ConflictError(f"Gate {gate.key} must be cleared first, for the case exactly as it is now.")
    if lacking:
        raise ConflictError(f"Since it was cleared, gate {gate.key} has lost {'; '.join(lacking)}.")
    return gate


def counts(gate: Gate, *, verdict: str, threshold: str) -> bool:
    """Whether a claim opens the gate: it passed, and against a threshold (a share) that is not beneath the gate's."""
    return verdict == Verdict.PASSED and Decimal(threshold) >= gate.least_threshold


def changed_fields(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """The names whose values differ."""
    return [name for name in after if before.get(name) != after[name]]
