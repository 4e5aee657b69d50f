"""What a gate still needs, each with the place where it is given."""

from dataclasses import dataclass

from django.urls import reverse

from apps.evidence.models import Claim
from apps.usecases import rules, selectors
from apps.usecases.models import UseCase
from apps.usecases.rules import gates, sections


@dataclass(frozen=True)
class Lack:
    """One thing that a gate needs: in words, and the page that gives it, with its words, or ""."""

    words: str
    url: str = ""
    place: str = ""


def lacking(case: UseCase, report: selectors.GateReport) -> list[Lack]:
    """What is missing from the report: questions by the section that asks them, all else one by one."""
    asked, others = _split(case, report)
    found = [_placed(case, words) for words in others]
    for section, fields in sections.sections_with([field.key for field in asked]):
        labels = ", ".join(field.label for field in fields)
        found.append(Lack(labels, _section_url(case, section), section.title))
    return found


def briefly(case: UseCase, report: selectors.GateReport) -> list[str]:
    """The same for a line beside a button: how many answers, and all else in words."""
    asked, others = _split(case, report)
    return [*([f"{len(asked)} {'answer' if len(asked) == 1 else 'answers'} in the record"] if asked else []), *others]


def met(report: selectors.GateReport) -> list[Claim]:
    """The claims that the gate asks for and that open it."""
    wanted = [name for name in report.gate.claims if gates.CLAIMS[name] not in report.missing] if report.gate else []
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


def _split(case: UseCase, report: selectors.GateReport) -> tuple[list[rules.Field], list[str]]:
    """The questions that the report misses an answer to, and all else that it misses, in its own words."""
    if report.gate is None:
        return [], []
    by_words = {_asked(field.label): field for field in selectors.open_fields(case, report.gate.key)}
    asked = [field for words, field in by_words.items() if words in report.missing]
    return asked, [words for words in report.missing if words not in by_words]


def _asked(label: str) -> str:
    # As rules.gates.missing says it.
    return f"an answer to “{label}”"


def _section_url(case: UseCase, section: sections.Section) -> str:
    return reverse("usecases:section", args=[case.ref, section.key])


def _placed(case: UseCase, words: str) -> Lack:
    """One thing that is no question without an answer, and where it is given."""
    if words in gates.PINS.values():
        return Lack(f"Needs {words}", reverse("usecases:edit", args=[case.ref]), "Pin it")
    if words in gates.CLAIMS.values():
        return Lack(f"Needs {words}", reverse("usecases:evaluations", args=[case.ref]), "Evaluations")
    for key, row in gates.ROWS.items():
        if words == row:
            return Lack(f"Needs {words}", reverse("usecases:rows", args=[case.ref, key]), sections.PARTS[key].title)
    for section in sections.SECTIONS.values():
        if any(words == f"a yes to “{field.label}”" for field in section.asked(case.answers)):
            return Lack(f"Needs {words}", _section_url(case, section), section.title)
    return Lack(f"Needs {words}")
