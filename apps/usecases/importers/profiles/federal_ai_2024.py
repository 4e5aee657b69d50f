"""The 2024 inventory of AI use cases of the US federal government, as published (cp1252, 62 columns)."""

from collections.abc import Iterator
from enum import StrEnum
from functools import partial

from apps.usecases.importers.cells import Missing, Said, Sort, dated, missing
from apps.usecases.importers.profiles.base import NOT_STATED, Candidate, Profile, Question, Remark, Stated, by_position
from apps.usecases.importers.reader import Row
from apps.usecases.models import Stage, TopicArea

TITLE, AGENCY, BUREAU, TOPIC, TOPIC_OTHER, PURPOSE, OUTPUTS, STAGE, IMPACT = 0, 1, 3, 4, 5, 7, 8, 9, 10
INITIATED, BEGUN, IMPLEMENTED, RETIRED = 11, 12, 13, 14
WIDTH = 62

HEADINGS = {
    TITLE: "Use Case Name",
    AGENCY: "Agency",
    BUREAU: "Bureau",
    TOPIC: "Use Case Topic Area",
    TOPIC_OTHER: "Other (Use Case Topic Area)",
    PURPOSE: "What is the intended purpose and expected benefits of the AI?",
    # Not imported; its apostrophe tells a file in another encoding.
    OUTPUTS: "Describe the AI system’s outputs.",
    STAGE: "Stage of Development",
    IMPACT: "Is the AI use case rights-impacting, safety-impacting, both, or neither?",
    INITIATED: "Date Initiated",
    BEGUN: "Date when Acquisition and/or Development began",
    IMPLEMENTED: "Date Implemented",
    RETIRED: "Date Retired",
}
DATES = {
    INITIATED: "Initiated", BEGUN: "Acquisition or development began", IMPLEMENTED: "Implemented", RETIRED: "Retired",
}  # fmt: skip

STAGES = {
    "Initiated": Stage.DISCOVER,
    "Planned": Stage.DISCOVER,
    "Ideation": Stage.DISCOVER,
    "Acquisition and/or Development": Stage.DEVELOP,
    "Implementation and Assessment": Stage.DEVELOP,
    "Operation and Maintenance": Stage.DEPLOY,
    "In production": Stage.DEPLOY,
    "In mission": Stage.DEPLOY,
    "Retired": Stage.RETIRED,
}

TOPICS = {
    "Mission-Enabling": TopicArea.INTERNAL,
    "Mission-Enabling (internal agency support)": TopicArea.INTERNAL,
    "Law & Justice": TopicArea.LAW,
    "Health & Medical": TopicArea.HEALTH,
    "Government Services (includes Benefits and Service Delivery)": TopicArea.SERVICES,
    "Diplomacy & Trade": TopicArea.TRADE,
    "Science & Space": TopicArea.SCIENCE,
    "Transportation": TopicArea.TRANSPORT,
    "AI used in Transportation Operations": TopicArea.TRANSPORT,
    "Education & Workforce": TopicArea.EDUCATION,
    "Energy & the Environment": TopicArea.ENERGY,
    "Emergency Management": TopicArea.EMERGENCY,
}

REUSE, TESTED, EVALUATED, MONITORED = 42, 46, 48, 49
# Column → the field of the record that it answers, and how the source's answers begin. Any other words answer nothing.
ANSWERS = {
    IMPACT: ("public_impact", {
        "neither": "neither", "both": "both", "rights-impacting": "rights", "safety-impacting": "safety",
    }),
    REUSE: ("reuse", {
        "none": "none", "use of existing data platforms": "platform",
        "re-use production level code and/or data": "code_data", "re-use production level code": "code",
    }),
    TESTED: ("evaluation", {
        "no testing": "none", "benchmark evaluation": "benchmark", "performance evaluation": "operational",
        "impact evaluation": "impact",
    }),
    EVALUATED: ("evaluator", {"yes – by": "inside"}),
    MONITORED: ("monitoring", {
        "no monitoring": "none", "intermittent and manually": "manual", "automated and regularly": "automated",
    }),
}  # fmt: skip
_PENDING = ("no, use case is too new", "planned or in-progress", "forthcoming")

_READ_AS = {
    Sort.YEAR: "Read as the year {}: a year that a spreadsheet took for a number of days.",
    Sort.DAY_AND_MONTH: "“{}” is a day without a year, or a month without a day; it is kept as it is.",
    Sort.UNREADABLE: "“{}” is no date; it is kept as it is.",
}


class Impact(StrEnum):
    """What the source says of rights and safety, in the sense of the memorandum M-24-10 of the US government."""

    NEITHER = "neither"
    RIGHTS = "rights-impacting"
    SAFETY = "safety-impacting"
    BOTH = "both"
    TOO_NEW = "too new to assess"
    BY_CASE = "case by case"


def impact(text: str) -> Impact | None:
    """What a folded cell says of rights and safety, None for an empty one. Raises ValueError for words nobody knows."""
    said = text.casefold()
    if not said:
        return None
    if said.startswith("no, use case is too new"):
        return Impact.TOO_NEW
    return Impact.BY_CASE if "case-by-case" in said else Impact(said)


def _nothing(text: str) -> bool:
    return not text or missing(text) is not None


def candidate(row: Row) -> Candidate:
    """The row in the portal's words. A stage that says nothing of where the work is stays open, with a question."""
    key = tuple(row.folded(column) for column in (TITLE, AGENCY, BUREAU))
    title, agency, bureau = key
    area, other = _topic(row)
    stage = STAGES.get(row.folded(STAGE))
    stated = {column: dated(row.cells[column]) for column in DATES}
    return Candidate(
        row=row.number,
        natural_key=key,
        title=title,
        purpose=row.lines(PURPOSE) or NOT_STATED,
        unit=(agency,) if _nothing(bureau) else (agency, bureau),
        topic_area=area,
        topic_other=other,
        stage=stage,
        answers=dict(_answers(row)),
        stated=[*_impact_stated(row), *(_date_stated(row, column, said) for column, said in stated.items() if said)],
        questions=[] if stage else [_stage_question(row.folded(STAGE))],
        remarks=list(_remarks(row, area, other, stated)),
    )


def _remarks(row: Row, area: TopicArea, other: str, stated: dict[int, Said | None]) -> Iterator[Remark]:
    """What was made of cells that do not say what the portal asks."""
    if not row.lines(PURPOSE):
        yield Remark(PURPOSE, f"The source says nothing; the portal says “{NOT_STATED}”")
    if area is TopicArea.OTHER and row.folded(TOPIC) != "Other":
        yield Remark(TOPIC, f"No topic area of the portal: kept as Other, with the words “{other}”.")
    if row.folded(STAGE) not in STAGES:
        yield Remark(STAGE, "No stage of the portal: stored at Discover, with a question on the page of the case.")
    if _impact(row) in (None, Impact.BY_CASE):
        yield Remark(IMPACT, "Neither yes nor no: whether rights or safety are at stake stays open.")
    for column, said in stated.items():
        if said and said.sort in _READ_AS:
            yield Remark(column, _READ_AS[said.sort].format(said.value[:200]))


def _answers(row: Row) -> Iterator[tuple[str, dict[str, str]]]:
    """What the source answers of the record's fields; the longest beginning counts, as it stands first."""
    for column, (field, beginnings) in ANSWERS.items():
        said = row.folded(column).casefold()
        if said.startswith(_PENDING):
            yield field, {"missing": Missing.PENDING.value}
        elif said and (value := next((value for begins, value in beginnings.items() if said.startswith(begins)), "")):
            yield field, {"value": value}
        elif missing(said) in (Missing.UNKNOWN, Missing.WITHHELD):
            yield field, {"missing": str(missing(said))}


def _impact(row: Row) -> Impact | None:
    """As `impact`, where None also stands for words that nobody knows: they are remarked on, not refused."""
    try:
        return impact(row.folded(IMPACT))
    except ValueError:
        return None


def _impact_stated(row: Row) -> list[Stated]:
    said, read = row.folded(IMPACT), _impact(row)
    return [Stated("Rights or safety impact", read.value if read else "", said)] if said else []


def _date_stated(row: Row, column: int, said: Said) -> Stated:
    readable = said.sort in (Sort.DAY, Sort.YEAR, Sort.MISSING)
    return Stated(DATES[column], said.value if readable else "", row.folded(column))


def _topic(row: Row) -> tuple[TopicArea, str]:
    """The topic area, and for "other" the source's own words."""
    stated, explained = row.folded(TOPIC), row.folded(TOPIC_OTHER)
    if stated in TOPICS:
        return TOPICS[stated], ""
    if stated in ("", "Other"):
        return TopicArea.OTHER, NOT_STATED if _nothing(explained) else explained
    return TopicArea.OTHER, stated


def _stage_question(value: str) -> Question:
    said = f'The source says "{value}", which is' if value else "The source says nothing: this is"
    return Question(HEADINGS[STAGE], value, f"{said} no stage of the portal. Decide the stage.")


PROFILE = Profile(
    key="federal-ai-2024",
    label="US federal AI use case inventory 2024",
    hint=f"The file as it was published: Windows-1252, {WIDTH} columns, nine of them with the same heading.",
    encoding="cp1252",
    columns={
        "title": TITLE,
        "unit": AGENCY,
        "bureau": BUREAU,
        "topic": TOPIC,
        "topic_other": TOPIC_OTHER,
        "purpose": PURPOSE,
        "stage": STAGE,
    },
    layout=partial(by_position, width=WIDTH, headings=HEADINGS),
    candidate=candidate,
)
