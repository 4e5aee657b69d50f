"""The questions of the record, one a field: which gate needs it, and what may be answered.

A field is one line of the list below; nothing else knows its name, but for rules of the tier that read it.
"""

from dataclasses import dataclass
from typing import Any, Literal

from apps.usecases.rules import vocabularies as say
from apps.usecases.rules.vocabularies import Vocabulary

Kind = Literal["text", "choice", "choices", "yes_no", "number", "date"]
# Why there is no value, as it is stored. Beside them a field may not be answered at all: then its key is absent.
MISSING = {
    "unknown": "Unknown",
    "not_applicable": "Not applicable",
    "withheld": "Withheld",
    "pending": "Pending",
}
NOT_APPLICABLE = "not_applicable"
YES_NO = {True: "Yes", False: "No"}


@dataclass(frozen=True)
class Field:
    """One question of the record. `gate` is the first gate that needs an answer.

    `shown_with` names another field and the answers of it with which this one is asked; otherwise it is hidden, and
    whatever was once answered counts for nothing. `lane` is the lane whose reviewers alone may give a value.
    """

    key: str
    label: str
    question: str
    kind: Kind
    gate: str
    source: str
    vocabulary: Vocabulary | None = None
    help: str = ""
    shown_with: tuple[str, tuple[Any, ...]] | None = None
    lane: str = ""

    @property
    def missing(self) -> list[str]:
        """Why a value may be missing: where a value says "none", or a lane decides, nothing is not applicable."""
        closed = bool(self.lane or (self.vocabulary and self.vocabulary.nothing))
        return [reason for reason in MISSING if not (closed and reason == NOT_APPLICABLE)]

    def options(self) -> list[Any]:
        """The values that one answer may name, for those kinds that have a list of them."""
        if self.kind == "yes_no":
            return list(YES_NO)
        return list(self.vocabulary.labels) if self.vocabulary else []


_ACT = "EU AI Act"
_ACTING = ("acts_confirmed", "acts_vetoed", "acts_reported", "acts_alone")
_SOME_PRACTICE = tuple(value for value in say.PRACTICES.labels if value != "none")
_SOME_AREA = tuple(value for value in say.AREAS.labels if value != "none")
_SOME_GROUND = tuple(value for value in say.GROUNDS.labels if value != "none")
_ON_PEOPLE = ("customer", "public", "vulnerable")

FIELDS: dict[str, Field] = {
    field.key: field
    for field in (
        Field(
            "approach", "Approach", "Is it bought or built?", "choice", "G1", "OMB inventory", say.APPROACH
        ),
        Field(
            "intended_users", "Intended users", "Who works with it?", "choices", "G1", "EU AI Act, Article 13",
            say.PEOPLE,
        ),
        Field(
            "people_affected", "People affected", "Whom does its result concern?", "choices", "G1", "NIST AI RMF MAP 5",
            say.PEOPLE, "Not those who use it, but those about whom or for whom it works.",
        ),
        Field(
            "output_type", "Output", "What comes out of it?", "choices", "G1", "NIST AI RMF MAP 2.1", say.OUTPUT
        ),
        Field(
            "influences_people", "Influences decisions on people",
            "Does its result have a part in decisions about single people?", "yes_no", "G1", "GDPR Article 22",
            help="Also yes where a person takes the decision with its result at hand.",
        ),
        Field(
            "autonomy", "Autonomy", "How far does it act by itself?", "choice", "G1", f"{_ACT}, Article 14",
            say.AUTONOMY, "Six steps; choose the highest that occurs.",
        ),
        Field(
            "acts_on", "Acts on", "On which systems does it act?", "choices", "G1", f"{_ACT}, Article 14", say.ACTS_ON,
            shown_with=("autonomy", _ACTING),
        ),
        Field(
            "oversight", "Human oversight", "At which point does which person look, and what can they stop?", "text",
            "G1", f"{_ACT}, Article 14",
        ),
        Field(
            "fallback", "Fallback", "What happens while it is switched off, or wrong?", "text", "G1",
            "NIST AI RMF MANAGE 2.4",
        ),
        Field(
            "data_classes", "Data classes", "Which classes of data does it read or make?", "choices", "G1",
            "ISO/IEC 42001 A.7", say.DATA_CLASSES,
        ),
        Field(
            "personal_data", "Personal data", "Which data about people does it process?", "choices", "G1",
            "GDPR, HIPAA", say.PERSONAL_DATA,
        ),
        Field(
            "residency", "Residency", "Where may its data be kept and processed?", "choices", "G1", "GDPR Chapter V",
            say.RESIDENCY,
        ),
        Field(
            "eu_role", "Role under the EU AI Act", "What is the organisation to this system?", "choice", "G1",
            f"{_ACT}, Article 3", say.EU_ROLE, "Not applicable where nobody in the European Union meets it.",
        ),
        Field(
            "practices", "Article 5 screen", "Could it be one of these practices?", "choices", "G1",
            f"{_ACT}, Article 5", say.PRACTICES, "When in doubt, name it: legal says whether it is one.",
        ),
        Field(
            "practice_finding", "Article 5 finding", "What did legal find?", "choice", "G1", f"{_ACT}, Article 5",
            say.LEGAL_FINDING, "Reviewers of the legal lane answer this.", ("practices", _SOME_PRACTICE), "legal",
        ),
        Field(
            "areas", "Annex III area", "Is it meant for one of these areas?", "choices", "G1", f"{_ACT}, Annex III",
            say.AREAS,
        ),
        Field(
            "ground", "Article 6(3) ground", "Why would it be no high-risk system although it works in that area?",
            "choice", "G1", f"{_ACT}, Article 6(3)", say.GROUNDS, shown_with=("areas", _SOME_AREA),
        ),
        Field(
            "ground_accepted", "Article 6(3) ground accepted", "Does legal accept the ground?", "yes_no", "G1",
            f"{_ACT}, Article 6(3)", help="Reviewers of the legal lane answer this.",
            shown_with=("ground", _SOME_GROUND), lane="legal",
        ),
        Field(
            "profiling", "Profiling", "Does it profile natural persons?", "yes_no", "G1",
            f"{_ACT}, Article 6(3), last paragraph", help="Profiling leaves no ground under Article 6(3).",
            shown_with=("areas", _SOME_AREA),
        ),
        Field(
            "safety_component", "Safety component",
            "Is it a safety component of a product under Annex I, or such a product itself?", "yes_no", "G1",
            f"{_ACT}, Article 6(1)",
        ),
        Field(
            "transparency", "Article 50 duty", "Which of these does it do?", "choices", "G1", f"{_ACT}, Article 50",
            say.TRANSPARENCY,
        ),
        Field(
            "public_impact", "Impact on rights or safety", "Could its result affect rights or safety?", "choice", "G1",
            "OMB M-24-10, section 5(b)", say.PUBLIC_IMPACT,
        ),
        Field(
            "new_supplier", "New supplier or model",
            "Does it bring a supplier or model that the organisation has not approved?", "yes_no", "G1",
            "NIST AI RMF GOVERN 6",
        ),
        Field(
            "yearly_cost", "Expected cost a year", "About what will it cost a year in full use?", "number", "G1",
            "Local rule", help="In the organisation's currency. A rough figure will do; gate G2 asks exactly.",
        ),
        Field("reuse", "Reuse", "What of the architecture is reused?", "choice", "G2", "OMB inventory", say.REUSE),
        Field(
            "reuse_links", "Reused from", "Where is what is reused?", "text", "G2", "OMB inventory",
            help="References such as UC-000123, or addresses.", shown_with=("reuse", ("platform", "code", "code_data")),
        ),
        Field("cost_per_query", "Cost a query", "What does one query cost?", "number", "G2", "Local rule"),
        Field("cost_per_user", "Cost a user", "What does one user cost a month?", "number", "G2", "Local rule"),
        Field("cost_per_day", "Cost a day", "What does one day of full use cost?", "number", "G2", "Local rule"),
        Field("budget", "Budget a year", "How much may it cost a year?", "number", "G2", "Local rule"),
        Field("cost_centre", "Cost centre", "Which cost centre pays?", "text", "G2", "Local rule"),
        Field(
            "cost_assumptions", "Assumptions of the cost", "What are these figures built on?", "text", "G2",
            "Local rule", help="Queries a day, tokens a query, prices and when they were read.",
        ),
        Field(
            "evaluation", "Evaluation", "How was it evaluated?", "choice", "G3", "NIST AI RMF MEASURE 2.3",
            say.EVALUATION,
        ),
        Field(
            "evaluator", "Independent evaluator", "Who evaluated it besides those who built it?", "choice", "G3",
            "NIST AI RMF MEASURE 1.3", say.EVALUATOR,
        ),
        Field(
            "monitoring", "Monitoring", "How is it watched in operation?", "choice", "G3", f"{_ACT}, Article 72",
            say.MONITORING,
        ),
        Field(
            "notice", "Notice", "How do the people affected learn of it?", "choice", "G3", f"{_ACT}, Article 26(11)",
            say.NOTICE,
        ),
        Field(
            "appeal", "Appeal", "How can they appeal against its result?", "choice", "G3", f"{_ACT}, Article 86",
            say.APPEAL, shown_with=("people_affected", _ON_PEOPLE),
        ),
        Field(
            "opt_out", "Opt-out", "Can they choose to be dealt with without it?", "choice", "G3", "OMB M-24-10",
            say.OPT_OUT, shown_with=("people_affected", _ON_PEOPLE),
        ),
        Field(
            "trained", "Training done", "Have all who work with it been trained?", "yes_no", "G3",
            f"{_ACT}, Articles 4 and 26(2)",
        ),
        Field(
            "dependants", "Dependants", "Who and what relied on it, and what do they do instead?", "text", "G5",
            "NIST AI RMF GOVERN 1.7",
        ),
        Field(
            "keys_revoked", "Keys revoked", "Are its keys, tokens and accounts revoked?", "yes_no", "G5",
            "NIST AI RMF GOVERN 1.7",
        ),
        Field(
            "data_end", "What became of its data", "What became of its data?", "choice", "G5", "ISO/IEC 42001 A.7",
            say.DATA_END,
        ),
        Field(
            "kept_until", "Records kept until", "Until when are its records kept?", "date", "G5",
            f"{_ACT}, Articles 18 and 19",
        ),
    )
}  # fmt: skip
