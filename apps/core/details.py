"""The data of the one detail component: header, verbs, tabs, facts beside the body, and steps of a way."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse

from apps.core.badges import Badge
from apps.core.refs import Ref


@dataclass(frozen=True)
class Fact:
    """One line of the facts column; `kind` styles it (text, time, code, status), `url` makes it a link."""

    label: str
    value: Any
    url: str = ""
    kind: str = "text"


@dataclass(frozen=True)
class Step:
    """One station of `components/steps.html`; `state` is done, current or ahead."""

    label: str
    state: str


@dataclass(frozen=True)
class Action:
    """One verb on a detail page: a link, or a form when `post`.

    `needs` lists what is missing, which disables the verb and says why. `tone` is "" or danger. The page behind a
    `dialog` link opens in `components/dialog.html`; without JavaScript it is a page. `sent` goes along with a form
    unseen, by name: such as which version of a thing its reader saw.
    """

    label: str
    url: str
    post: bool = False
    needs: Sequence[str] = ()
    tone: str = ""
    dialog: bool = False
    sent: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True)
class Tab:
    """One tab of a detail page, at an address of its own."""

    label: str
    url: str
    current: bool = False


@dataclass(frozen=True)
class Head:
    """What stands above the tabs: the kind of thing, its name and status, whose it is, and what can be done with it."""

    kind: str
    title: str
    crumbs: Sequence[tuple[str, str]] = ()
    status: Badge | None = None
    owner: Any = None
    lede: str = ""
    steps: Sequence[Step] = ()
    primary: Action | None = None
    menu: Sequence[Action] = field(default_factory=list)
    tabs: Sequence[Tab] = ()


def page(request: HttpRequest, head: Head, **rest: Any) -> dict[str, Any]:
    """The context of a detail page; below the first tab the crumbs name the thing, and the title names the tab."""
    tab = next((tab for tab in head.tabs[1:] if tab.current), None)
    crumbs = [*head.crumbs, (head.title, head.tabs[0].url)] if tab else head.crumbs
    title = f"{tab.label}: {head.title}" if tab else head.title
    return {"head": head, "title": title, "crumbs": crumbs, **rest}


def steps(stations: Iterable[tuple[str, str]], *, at: str) -> list[Step]:
    """Stations (value, label) in order, seen from the one whose value is `at`."""
    found, state = [], "done"
    for value, label in stations:
        state = "current" if value == at else "ahead" if state != "done" else "done"
        found.append(Step(label, state))
    return found


def optional_url(name: str, *args: Any) -> str:
    """The address called `name`, "" where the site has no such page."""
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""


def tabs(request: HttpRequest, *pages: tuple[str, str]) -> list[Tab]:
    """Tabs (label, address) of one thing; the one whose address is asked for is current, and "" is left out."""
    return [Tab(label, url, url == request.path) for label, url in pages if url]


_WITH_PAGES: set[str] = set()


def have_pages(kinds: Iterable[str]) -> None:
    """Say that `/go/` leads from references of these kinds to pages; called once the app that has it is ready."""
    _WITH_PAGES.update(kinds)


def url_about(subject: Ref) -> str:
    """The address that leads to the page about `subject`, "" for a kind of thing that has none."""
    return optional_url("go", *subject) if subject.kind in _WITH_PAGES else ""


def share_of(subject: Ref) -> list[Action]:
    """The verb that opens the share dialogue of `subject`, where the site has one."""
    url = optional_url("accounts:share", *subject)
    return [Action("Share", url, dialog=True)] if url else []


def discussion_of(subject: Ref) -> str:
    """The address of the panel with the comments on `subject`, "" where the site has no discussions."""
    return optional_url("discussions:panel", *subject)
