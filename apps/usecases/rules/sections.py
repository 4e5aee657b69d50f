"""How the record is asked: its questions in short sections, each of one gate, and the rows beside them."""

from collections.abc import Collection
from dataclasses import dataclass

from apps.usecases.rules.fields import Answers, is_shown
from apps.usecases.rules.questions import FIELDS, Field


@dataclass(frozen=True)
class Section:
    """A few questions that are answered together; `gate` is the first gate that needs them."""

    key: str
    title: str
    lede: str
    gate: str
    fields: tuple[str, ...]

    def asked(self, answers: Answers) -> list[Field]:
        """Its questions that are asked of a case with these answers, in reading order."""
        return [FIELDS[key] for key in self.fields if is_shown(answers, FIELDS[key])]


SECTIONS: dict[str, Section] = {
    section.key: section
    for section in (
        Section(
            "purpose", "What it is, and for whom", "Who works with it, whom it concerns, and what comes out.", "G1",
            ("approach", "intended_users", "people_affected", "output_type", "influences_people", "new_supplier",
             "yearly_cost"),
        ),
        Section(
            "autonomy", "What it does by itself", "How far it acts, who watches, and what happens when it fails.", "G1",
            ("autonomy", "acts_on", "oversight", "fallback"),
        ),
        Section(
            "data", "Its data", "What it reads and makes, and where that may be.", "G1",
            ("data_classes", "personal_data", "residency"),
        ),
        Section(
            "law", "What the law asks", "Answer as well as you can: legal looks at what is in doubt.", "G1",
            ("eu_role", "practices", "practice_finding", "areas", "ground", "ground_accepted", "profiling",
             "safety_component", "transparency", "public_impact"),
        ),
        Section("reuse", "Reuse", "What is taken from what is there already.", "G2", ("reuse", "reuse_links")),
        Section(
            "cost", "Cost", "In the organisation's currency.", "G2",
            ("cost_per_query", "cost_per_user", "cost_per_day", "budget", "cost_centre", "cost_assumptions"),
        ),
        Section(
            "operation", "Evaluation and operation", "How it was shown to work, and how it is watched.", "G3",
            ("evaluation", "evaluator", "monitoring", "trained"),
        ),
        Section(
            "people", "The people affected", "How they learn of it, and what they can do.", "G3",
            ("notice", "appeal", "opt_out"),
        ),
        Section(
            "retirement", "Retirement", "What is settled before the case ends.", "G5",
            ("dependants", "keys_revoked", "data_end", "kept_until"),
        ),
    )
}  # fmt: skip


@dataclass(frozen=True)
class Part:
    """Rows of the record as people find them: `one` is a single row in words, `when` says which gate wants them."""

    key: str
    title: str
    one: str
    lede: str
    when: str = ""


PARTS: dict[str, Part] = {
    part.key: part
    for part in (
        Part(
            "value",
            "Value",
            "a figure",
            "What it is worth: each figure with its target, and what was found.",
            "Gate G2 asks for one.",
        ),
        Part(
            "risks",
            "Risks",
            "a risk",
            "What could go wrong, what is done about it, and what is left.",
            "Gate G2 asks for one.",
        ),
        Part(
            "pins",
            "Pinned versions",
            "a version",
            "Exact versions that it rests on besides prompt and model.",
            "Gate G2 looks at them.",
        ),
        Part("adoption", "Adoption", "figures of a day", "How it was taken up, day by day.", "Gate G4 looks at it."),
        Part("contributors", "Contributors", "somebody", "They see the case and write its record; the owner speaks."),
        Part("frameworks", "Frameworks", "a control", "Articles and controls that it answers to."),
    )
}


def section_of(key: str) -> Section:
    """The section that asks a field. Raises KeyError for a field that there is not."""
    return _SECTION_OF[key]


def sections_with(keys: Collection[str]) -> list[tuple[Section, list[Field]]]:
    """The sections that ask one of these fields, each with those that it asks, in reading order."""
    found = [(section, [FIELDS[key] for key in section.fields if key in keys]) for section in SECTIONS.values()]
    return [(section, fields) for section, fields in found if fields]


_SECTION_OF = {key: section for section in SECTIONS.values() for key in section.fields}
