"""The 2024 inventory of AI use cases of the US federal government, as published (cp1252, 62 columns)."""

from apps.usecases.importers.profiles.base import Candidate, Profile, Question
from apps.usecases.importers.reader import Row
from apps.usecases.models import Stage, TopicArea

TITLE, AGENCY, BUREAU, TOPIC, TOPIC_OTHER, PURPOSE, OUTPUTS, STAGE = 0, 1, 3, 4, 5, 7, 8, 9

HEADINGS = {
    TITLE: "Use Case Name",
    AGENCY: "Agency",
    BUREAU: "Bureau",
    TOPIC: "Use Case Topic Area",
    TOPIC_OTHER: "Other (Use Case Topic Area)",
    PURPOSE: "What is the intended purpose and expected benefits of the AI?",
    # Not imported yet; its apostrophe tells a file in another encoding.
    OUTPUTS: "Describe the AI system’s outputs.",
    STAGE: "Stage of Development",
}

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

NOT_STATED = "Not stated in the source."
_NOTHING = {"", "n/a", "na", "none"}


def candidate(row: Row) -> Candidate:
    """The row in the portal's words. A stage that says nothing of where the work is stays open, with a question."""
    key = tuple(row.folded(column) for column in (TITLE, AGENCY, BUREAU))
    title, agency, bureau = key
    area, other = _topic(row)
    stage = STAGES.get(row.folded(STAGE))
    return Candidate(
        row=row.number,
        natural_key=key,
        title=title,
        purpose=row.lines(PURPOSE) or NOT_STATED,
        unit=(agency,) if bureau.casefold() in _NOTHING else (agency, bureau),
        topic_area=area,
        topic_other=other,
        stage=stage,
        questions=[] if stage else [_stage_question(row.folded(STAGE))],
    )


def _topic(row: Row) -> tuple[TopicArea, str]:
    """The topic area, and for "other" the source's own words."""
    stated, explained = row.folded(TOPIC), row.folded(TOPIC_OTHER)
    if stated in TOPICS:
        return TOPICS[stated], ""
    if stated in ("", "Other"):
        return TopicArea.OTHER, NOT_STATED if explained.casefold() in _NOTHING else explained
    return TopicArea.OTHER, stated


def _stage_question(value: str) -> Question:
    said = f'The source says "{value}", which is' if value else "The source says nothing: this is"
    return Question(HEADINGS[STAGE], value, f"{said} no stage of the portal. Decide the stage.")


PROFILE = Profile(
    key="federal-ai-2024",
    label="US federal AI use case inventory 2024",
    encoding="cp1252",
    width=62,
    headings=HEADINGS,
    columns={
        "title": TITLE,
        "unit": AGENCY,
        "bureau": BUREAU,
        "topic_other": TOPIC_OTHER,
        "purpose": PURPOSE,
        "stage": STAGE,
    },
    candidate=candidate,
)
