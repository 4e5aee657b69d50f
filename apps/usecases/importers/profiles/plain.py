"""A list of use cases as an organisation would keep it in a spreadsheet: UTF-8, a heading a column, in any order."""

import re
from functools import partial

from apps.usecases.importers.cells import missing
from apps.usecases.importers.profiles.base import NOT_STATED, Candidate, Profile, Question, Remark, by_name
from apps.usecases.importers.reader import Row
from apps.usecases.models import Stage, TopicArea

NAMES = (
    "Title", "Problem and benefit", "Business unit", "Topic area", "Stage", "ID", "Topic area in words", "Owner",
    "Sponsor",
)  # fmt: skip
TITLE, PURPOSE, UNIT, TOPIC, STAGE, ID, TOPIC_OTHER, OWNER, SPONSOR = range(len(NAMES))
NEEDED = NAMES[: STAGE + 1]
# The stroke between two units of a path stands alone; one inside a name does not.
_ALONE = re.compile(r"(?<!\S)/(?!\S)")
_STAGES = {word.casefold(): stage for stage in Stage for word in (stage.value, stage.label)}
_TOPICS = {word.casefold(): topic for topic in TopicArea for word in (topic.value, topic.label)}


def candidate(row: Row) -> Candidate:
    """The row in the portal's words; a stage or topic area that the portal does not know is an error."""
    title, path, own_key = row.folded(TITLE), row.folded(UNIT), row.folded(ID)
    said_topic, said_stage = row.folded(TOPIC), row.folded(STAGE)
    stage, topic = _STAGES.get(said_stage.casefold()), _TOPICS.get(said_topic.casefold())
    other = row.folded(TOPIC_OTHER)
    nothing_said = not said_stage or missing(said_stage) is not None
    remarks = []
    if topic is None:
        remarks.append(Remark(TOPIC, f"Choose among {', '.join(area.label for area in TopicArea)}.", is_error=True))
    elif topic is TopicArea.OTHER and not other:
        remarks.append(Remark(TOPIC_OTHER, "Say which topic area it is, or choose another than Other.", is_error=True))
    elif topic is not TopicArea.OTHER and other:
        remarks.append(Remark(TOPIC_OTHER, "Leave this empty unless the topic area is Other.", is_error=True))
    if stage is None and not nothing_said:
        remarks.append(Remark(STAGE, f"Choose among {', '.join(known.label for known in Stage)}.", is_error=True))
    return Candidate(
        row=row.number,
        natural_key=(title, path),
        own_key=own_key,
        title=title,
        purpose=row.lines(PURPOSE) or NOT_STATED,
        unit=tuple(name.strip() for name in _ALONE.split(path)),
        topic_area=topic or TopicArea.OTHER,
        topic_other=other,
        stage=stage,
        owner=row.folded(OWNER),
        sponsor=row.folded(SPONSOR),
        questions=[Question(NAMES[STAGE], said_stage, "The file names no stage. Decide the stage.")]
        if stage is None and nothing_said
        else [],
        remarks=remarks,
    )


PROFILE = Profile(
    key="plain",
    label="Our own list (CSV)",
    hint=f"UTF-8 with the headings {', '.join(NEEDED)}, and perhaps {', '.join(NAMES[STAGE + 1 :])}, in any order.",
    encoding="utf-8-sig",
    columns={
        "title": TITLE,
        "purpose": PURPOSE,
        "unit": UNIT,
        "topic": TOPIC,
        "topic_other": TOPIC_OTHER,
        "stage": STAGE,
        "own_key": ID,
        "owner": OWNER,
        "sponsor": SPONSOR,
    },
    layout=partial(by_name, names=NAMES, needed=NEEDED),
    candidate=candidate,
)
