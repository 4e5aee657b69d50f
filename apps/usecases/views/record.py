"""The record of a case: a list of short sections by gate, and the questions of each."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect

from apps.accounts import services as accounts
from apps.accounts.access import Request
from apps.core.badges import Badge
from apps.core.errors import NotFoundError
from apps.core.http import respond
from apps.usecases import rules, selectors, services
from apps.usecases.forms import SectionForm
from apps.usecases.models import Standing, UseCase
from apps.usecases.rules import fields, gates, sections
from apps.usecases.views.frame import case_url, crumbs, frame, may


@dataclass(frozen=True)
class Task:
    """One line of the record's list: a section and how far it is, or rows and how many there are."""

    title: str
    url: str
    told: str
    status: Badge | None = None
    count: int = 0


def record(request: Request, ref: str) -> HttpResponse:
    """Everything that is asked of a case, by the gate that first needs it, with how far each section is."""
    case = selectors.use_case(ref, viewer=request.user)
    shared = frame(request, case)
    gate = shared["report"].gate
    waits = {field.key for field in selectors.open_fields(case, gate.key)} if gate else set()
    parts = [(key, gates.GATES[key].title, list(_tasks(case, key, waits))) for key in _gates()]
    rows = list(_rows(case))
    return respond(request, "usecases/record.html", {**shared, "parts": parts, "rows": rows})


def _gates() -> Iterable[str]:
    asked = {section.gate for section in sections.SECTIONS.values()}
    return (key for key in gates.GATES if key in asked)


def _tasks(case: UseCase, gate: str, waits: set[str]) -> Iterable[Task]:
    for section in sections.SECTIONS.values():
        if section.gate == gate:
            asked = section.asked(case.answers)
            unanswered = selectors.open_fields(case, gate)
            # A later gate can want a value where this one took "unknown".
            lacking = [field for field in asked if field in unanswered or field.key in waits]
            told = f"{len(asked) - len(lacking)} of {len(asked)} answered"
            needed = sum(field.key in waits for field in lacking)
            yield Task(section.title, case_url(case, "section", section.key), told, _status(asked, lacking, needed))


def _status(asked: list[rules.Field], lacking: list[rules.Field], needed: int) -> Badge:
    if not asked:
        return Badge("Nothing to answer", "neutral")
    if not lacking:
        return Badge("Complete", "good")
    if needed:
        return Badge("Needed now", "warning")
    return Badge("Not started" if len(lacking) == len(asked) else "Begun", "neutral")


def _rows(case: UseCase) -> Iterable[Task]:
    counts = selectors.row_counts(case)
    for part in sections.PARTS.values():
        told = f"{part.lede} {part.when}".strip()
        yield Task(part.title, case_url(case, "rows", part.key), told, count=counts[part.key])


def section(request: Request, ref: str, section: str) -> HttpResponse:
    """The questions of one section: a form for who may answer, else the answers as they are; POST answers them."""
    case = selectors.use_case(ref, viewer=request.user)
    asked = _section(section)
    form = _form(request, case, asked)
    if form.is_bound and (saved := form.carry_out(services.answer, use_case=case, by=request.user)):
        messages.success(request, _saved(case, saved, asked))
        return redirect(_after(request, case, saved, asked))
    accounts.note_view(case, kind=case.subject.kind, by=request.user)
    context = {
        "title": asked.title, "case": case, "section": asked, "form": form, "may_answer": _may_answer(request, case),
        "crumbs": [*crumbs(case), ("Record", case_url(case, "record"))], "cancel": case_url(case, "record"),
        "waits": case.standing == Standing.IN_REVIEW, "gate": gates.GATES[asked.gate],
        "answers": _answers(case, asked),
    }  # fmt: skip
    return respond(request, "usecases/section.html", context, status=form.status)


def _section(key: str) -> sections.Section:
    if key not in sections.SECTIONS:
        raise NotFoundError(f"The record has no section {key}. It has {', '.join(sections.SECTIONS)}.")
    return sections.SECTIONS[key]


def _form(request: Request, case: UseCase, section: sections.Section) -> SectionForm:
    asked = section.asked(case.answers)
    barred = [field.key for field in asked if field.lane and not selectors.may_find(case, field, by=request.user)]
    return SectionForm(
        request.POST if request.method == "POST" else None, initial={"version": case.version}, viewer=request.user,
        asked=asked, answers=case.answers, barred=barred,
    )  # fmt: skip


def _may_answer(request: Request, case: UseCase) -> bool:
    """Whether some question of a record is this person's to answer; which of them, the service says."""
    return may(services.check_may_write, case, request.user) or selectors.finds(case, by=request.user)


def _answers(case: UseCase, section: sections.Section) -> list[tuple[rules.Field, str | None]]:
    return [(one, fields.words(one, case.answers.get(one.key))) for one in section.asked(case.answers)]


def _saved(before: UseCase, saved: UseCase, section: sections.Section) -> str:
    """What an answer led to besides: further questions, another tier, findings that are about something else now."""
    more = len(section.asked(saved.answers)) - len(section.asked(before.answers))
    words = ["Saved."]
    if more > 0:
        words.append(f"Your answers lead to {more} more {'question' if more == 1 else 'questions'} here.")
    if saved.tier != before.tier:
        words.append(f"By the rules the risk tier is now {saved.get_tier_display()}.")
    elif before.tier_provisional and not saved.tier_provisional:
        words.append("The risk tier is no longer provisional.")
    for field in (rules.FIELDS[key] for key in fields.overtaken(before.answers, saved.answers)):
        if field.key not in saved.answers:
            words.append(f"The {field.lane} lane answers anew: {field.label}.")
    return " ".join(words)


def _after(request: Request, before: UseCase, saved: UseCase, section: sections.Section) -> str:
    """Back to the section where questions of it came up, on to the next of its gate, or to the record."""
    if {*section.asked(saved.answers)} - {*section.asked(before.answers)}:
        return case_url(saved, "section", section.key)
    keys = [one.key for one in sections.SECTIONS.values() if one.gate == section.gate]
    following = keys[keys.index(section.key) + 1 :]
    if "next" in request.POST and following:
        return case_url(saved, "section", following[0])
    return case_url(saved, "record")
