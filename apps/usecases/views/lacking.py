"""What a gate still needs, each with the place where it is given."""

from dataclasses import dataclass

from django.urls import reverse

from apps.evidence.models import Claim
from apps.usecases import rules, selectors
from apps.usecases.models import UseCase
from apps.usecases.rules import Need, Needed, sections


@dataclass(frozen=True)
class Lack:
    """One thing that a gate needs: in words, and the page that gives it, with its words, or ""."""

    words: str
    url: str = ""
    place: str = ""


def lacking(case: UseCase, report: selectors.GateReport) -> list[Lack]:
    """What is missing from the report: questions by the section that asks them, all else one by one."""
    asked, others = _split(report)
    found = [Lack(f"Needs {need.words}", *_place(case, need)) for need in others]
    for section, fields in sections.sections_with([need.key for need in asked]):
        labels = ", ".join(field.label for field in fields)
        found.append(Lack(labels, _section_url(case, section), section.title))
    return found


def briefly(report: selectors.GateReport) -> list[str]:
    """The same for a line beside a button: how many answers, and all else in words."""
    asked, others = _split(report)
    answers = [f"{len(asked)} {'answer' if len(asked) == 1 else 'answers'} in the record"] if asked else []
    return [*answers, *(need.words for need in others)]


def met(report: selectors.GateReport) -> list[Claim]:
    """The claims that the gate asks for and that open it."""
    needed = {need.key for need in report.needs if need.sort == Needed.CLAIM}
    wanted = {*report.gate.claims} - needed if report.gate else ()
    return [claim for claim in report.claims if claim.name in wanted]


def place_of(case: UseCase, name: str) -> str:
    """The page on which a field of the revision is changed, by the name that the revision gives it."""
    for section in sections.SECTIONS.values():
        if any(rules.FIELDS[key].label == name for key in section.fields):
            return _section_url(case, section)
    for part in sections.PARTS.values():
        if part.title == name:
            return reverse("usecases:rows", args=[case.ref, part.key])
    page = {"Evidence": "evaluations", "Risk tier": "tier"}.get(name, "edit")
    return reverse(f"usecases:{page}", args=[case.ref])


def _split(report: selectors.GateReport) -> tuple[list[Need], list[Need]]:
    """The answers that are missing, and all else."""
    answers = [need for need in report.needs if need.sort == Needed.ANSWER]
    return answers, [need for need in report.needs if need.sort != Needed.ANSWER]


def _section_url(case: UseCase, section: sections.Section) -> str:
    return reverse("usecases:section", args=[case.ref, section.key])


def _place(case: UseCase, need: Need) -> tuple[str, str]:
    """The page where it is given and what leads there; "" where there is no such page."""
    if need.sort == Needed.PIN:
        return reverse("usecases:edit", args=[case.ref]), "Pin it"
    if need.sort == Needed.CLAIM:
        return reverse("usecases:evaluations", args=[case.ref]), "Evaluations"
    if need.sort == Needed.ROW:
        return reverse("usecases:rows", args=[case.ref, need.key]), sections.PARTS[need.key].title
    for section, _ in sections.sections_with([need.key]):
        return _section_url(case, section), section.title
    return "", ""
