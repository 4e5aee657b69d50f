"""Gates between stages: who decides at each, on which fields, within which time, and what each asks for."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from typing import Any, NamedTuple

from apps.core.errors import ConflictError, InvalidError
from apps.core.hashing import sha256_hex
from apps.evidence.models import Verdict
from apps.usecases.models import Stage, Standing, Tier, TopicArea
from apps.usecases.rules.questions import FIELDS

EVALUATION_PASSED = "evaluation.passed"

PINS = {"prompt_version": "a pinned prompt version", "endpoint": "a pinned model endpoint"}
CLAIMS = {EVALUATION_PASSED: "a passed evaluation of exactly the pinned prompt and endpoint (threshold at least 50 %)"}
ROWS = {"value": "a value: what gets better, and by how much", "risks": "a risk, and what is done about it"}
BY_LAW = "another purpose: legal confirmed a practice that the law prohibits"
BY_PEOPLE = "another purpose: a reviewer raised its tier to Prohibited"
CLEARED = (Standing.CLEARED, Standing.CLEARED_WITH_CONDITIONS)
# From this expected cost a year on, finance decides already at G2. In the organisation's currency.
COSTLY = Decimal(100_000)


@dataclass(frozen=True)
class Gate:
    """A door: the stages it is asked from, the lanes that decide, and the pins, claims, rows and answers it needs.

    `to` is the stage behind it, None where it leaves the case where it is. `musts` are answers that must be yes.
    """

    key: str
    title: str
    stages: tuple[Stage, ...]
    to: Stage | None
    lanes: tuple[str, ...]
    # Lanes that decide as well where the tier is high.
    high: tuple[str, ...] = ()
    pins: tuple[str, ...] = ()
    claims: tuple[str, ...] = ()
    # Parts of the record that must have a row.
    rows: tuple[str, ...] = ()
    musts: tuple[str, ...] = ()
    # Gates whose open conditions must be met first.
    settles: tuple[str, ...] = ()
    # Gates whose decisions still stand here, as far as what their lane watches is the same.
    keeps: tuple[str, ...] = ()
    # An evaluation against a lower bar than this share of right answers says nothing at the gate.
    least_threshold: Decimal = Decimal("0.5")


class Needed(Enum):
    """What sort of thing a gate needs, and so where it is given."""

    PURPOSE = "another purpose"
    PIN = "a pinned version"
    CLAIM = "evidence"
    ROW = "a row of the record"
    ANSWER = "an answer"
    YES = "a yes"
    CONDITIONS = "met conditions"


class Need(NamedTuple):
    """One thing that a gate needs and a case does not have: its sort, its key among these, and in words."""

    sort: Needed
    key: str
    words: str


_BUILT = ("architecture", "security", "privacy")
_ALL = (*_BUILT, "finance")
_TOP = ("legal", "board")
_LIVE: dict[str, Any] = {"pins": tuple(PINS), "claims": (EVALUATION_PASSED,), "musts": ("trained",)}
GATES: dict[str, Gate] = {
    gate.key: gate
    for gate in (
        Gate("G1", "Try it out", (Stage.DISCOVER,), Stage.PLAY, ("steward",)),
        Gate(
            "G2", "Build it", (Stage.PLAY,), Stage.DEVELOP, _BUILT, pins=tuple(PINS), claims=(EVALUATION_PASSED,),
            rows=tuple(ROWS),
        ),
        Gate("G3", "Go live", (Stage.DEVELOP,), Stage.DEPLOY, _ALL, _TOP, **_LIVE, settles=("G2",)),
        Gate("G4", "Review again", (Stage.DEPLOY,), None, _ALL, _TOP, **_LIVE, keeps=("G3",)),
        Gate(
            "G5", "Retire", (Stage.PLAY, Stage.DEVELOP, Stage.DEPLOY), Stage.RETIRED, ("steward",),
            musts=("keys_revoked",),
        ),
    )
}  # fmt: skip
AGAIN, RETIRING = GATES["G4"], GATES["G5"]
# Stage → the gate that is next; who retires a case asks for another.
NEXT: dict[str, Gate] = {stage.value: gate for gate in GATES.values() if gate is not RETIRING for stage in gate.stages}

# Lane → its target in calendar days. What people sit together for takes longer.
DAYS = {"legal": 10, "board": 14}
_DAYS = 5
_EVERYWHERE = ("Problem and benefit", "Risk tier")
_MADE_OF = ("Prompt", "Endpoint", "Pinned versions")


def _labels(*keys: str) -> tuple[str, ...]:
    return tuple(FIELDS[key].label for key in keys)


# Lane → the fields of a revision that it watches; a lane that is not named watches all of them, and the evidence.
WATCHES: dict[str, tuple[str, ...]] = {
    "architecture": (
        *_EVERYWHERE, *_MADE_OF, "Value", "Risks", "Evidence",
        *_labels("approach", "intended_users", "output_type", "autonomy", "acts_on", "fallback", "reuse", "reuse_links",
                 "new_supplier", "evaluation", "monitoring"),
    ),
    "security": (
        *_EVERYWHERE, *_MADE_OF, "Risks",
        *_labels("intended_users", "output_type", "autonomy", "acts_on", "oversight", "fallback", "data_classes",
                 "residency", "new_supplier", "safety_component", "monitoring"),
    ),
    "privacy": (
        *_EVERYWHERE, *_MADE_OF,
        *_labels("people_affected", "influences_people", "data_classes", "personal_data", "residency", "profiling",
                 "transparency", "notice", "appeal", "opt_out"),
    ),
    "finance": (
        *_EVERYWHERE, "Sponsor", "Business unit", "Value",
        *_labels("yearly_cost", "cost_per_query", "cost_per_user", "cost_per_day", "budget", "cost_centre",
                 "cost_assumptions"),
    ),
    "legal": (
        *_EVERYWHERE, "Risks",
        *_labels("intended_users", "people_affected", "influences_people", "autonomy", "oversight", "personal_data",
                 "eu_role", "practices", "practice_finding", "areas", "ground", "ground_accepted", "profiling",
                 "safety_component", "transparency", "public_impact", "notice", "appeal", "opt_out", "trained"),
    ),
}  # fmt: skip


def lanes(gate: Gate, *, tier: str, yearly_cost: Decimal | None) -> tuple[str, ...]:
    """The lanes that decide at the gate: more of them where the tier is high; finance earlier where it costs much."""
    found = gate.lanes + (gate.high if tier in (Tier.HIGH, Tier.PROHIBITED) else ())
    costly = gate.key == "G2" and yearly_cost is not None and yearly_cost > COSTLY
    return (*found, "finance") if costly else found


def watched(lane: str, fields: Collection[str]) -> tuple[str, ...]:
    """What the lane watches of a revision with these fields, () for everything; some fields are not always asked."""
    return tuple(name for name in WATCHES.get(lane, ()) if name in fields or name == "Evidence")


def target_days(lane: str) -> int:
    """How many calendar days the lane should need at most."""
    return DAYS.get(lane, _DAYS)


def missing(
    gate: Gate,
    *,
    pinned: Collection[str],
    passed: Collection[str],
    rows: Collection[str] = tuple(ROWS),
    asked: Collection[str] = (),
    denied: Collection[str] = (),
    prohibited: str = "",
    owed: int = 0,
) -> list[Need]:
    """What the gate still needs.

    `rows` are the parts of the record that have some, `asked` the keys of fields without an answer, `denied` of those
    answered otherwise than they must be, `owed` how many conditions of earlier gates are not met. `prohibited` says
    in words why no gate is left but the last.
    """
    if prohibited and gate is not RETIRING:
        return [Need(Needed.PURPOSE, "", prohibited)]
    found = [Need(Needed.PIN, name, PINS[name]) for name in gate.pins if name not in pinned]
    found += [Need(Needed.CLAIM, name, CLAIMS[name]) for name in gate.claims if name not in passed]
    found += [Need(Needed.ROW, part, ROWS[part]) for part in gate.rows if part not in rows]
    found += [Need(Needed.ANSWER, key, f"an answer to “{FIELDS[key].label}”") for key in asked]
    found += [Need(Needed.YES, key, f"a yes to “{FIELDS[key].label}”") for key in denied]
    if owed:
        some = f"{owed} {'condition' if owed == 1 else 'conditions'} of gate {' and '.join(gate.settles)} met"
        found.append(Need(Needed.CONDITIONS, "", some))
    return found


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
    """Raise ConflictError when the case was saved by someone else since the form was opened."""
    if seen != current:
        raise ConflictError(
            "Someone else saved this case while you were editing. Nothing of yours was saved: open it again, "
            "compare, and enter your change once more."
        )


def gate_of(stage: str, *, retiring: bool = False) -> Gate | None:
    """The gate that can be asked for from a stage: the next one, or the one that retires; None where there is none."""
    if retiring:
        return RETIRING if stage in RETIRING.stages else None
    return NEXT.get(stage)


def is_cleared(gate: Gate, *, standing: str, approved_gate: str | None) -> bool:
    """Whether what stands lets the case through the gate."""
    return standing in CLEARED and approved_gate == gate.key


def check_submittable(gate: Gate | None, lacking: Collection[str], *, cleared: bool) -> Gate:
    """The gate to submit to. Raises ConflictError at the end or when cleared, InvalidError with what is missing."""
    if gate is None:
        raise ConflictError("There is no further gate from this stage.")
    if cleared:
        raise ConflictError(f"Gate {gate.key} is already cleared for the case as it is now.")
    if lacking:
        raise InvalidError(f"Gate {gate.key} still needs {'; '.join(lacking)}.")
    return gate


def check_can_advance(gate: Gate | None, lacking: Collection[str], *, cleared: bool) -> Stage:
    """The stage behind the gate. Raises ConflictError unless cleared for the case as it is, with all it needs there."""
    if gate is None or gate.to is None:
        raise ConflictError("There is no further stage.")
    if not cleared:
        raise ConflictError(f"Gate {gate.key} must be cleared first, for the case exactly as it is now.")
    if lacking:
        raise ConflictError(f"Since it was cleared, gate {gate.key} has lost {'; '.join(lacking)}.")
    return gate.to


def counts(gate: Gate, *, verdict: str, threshold: str) -> bool:
    """Whether a claim opens the gate: it passed, and against a threshold (a share) that is not beneath the gate's."""
    return verdict == Verdict.PASSED and Decimal(threshold) >= gate.least_threshold


def changed_fields(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """The names whose values differ."""
    return [name for name in after if before.get(name) != after[name]]
