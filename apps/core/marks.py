"""The small marks that pages draw by the hundred: icons, times and cells. Written in Python, for a page's speed."""

import html
from collections.abc import Callable
from datetime import date, datetime
from functools import cache, lru_cache
from typing import Any

from django.template.defaultfilters import truncatechars
from django.utils import timezone
from django.utils.formats import localize
from django.utils.html import format_html
from django.utils.safestring import SafeString

_SVG = (
    '<svg width="16" height="16" viewBox="0 0 16 16" fill="none" stroke="currentColor" stroke-width="1.5" '
    'stroke-linecap="round" stroke-linejoin="round" aria-hidden="true" focusable="false">{}</svg>'
)
_OTHER = '<circle cx="8" cy="8" r="6.5"/>'
_ICONS = {
    "good": '<circle cx="8" cy="8" r="6.5"/><path d="m5 8.2 2.1 2.1L11 6"/>',
    "info": '<circle cx="8" cy="8" r="6.5"/><path d="M8 7.4v3.8M8 4.8v.1"/>',
    "warning": '<path d="M8 1.8 14.8 14H1.2zM8 6.3v3.6M8 12v.1"/>',
    "bad": '<circle cx="8" cy="8" r="6.5"/><path d="m5.6 5.6 4.8 4.8m0-4.8-4.8 4.8"/>',
    "neutral": '<circle cx="8" cy="8" r="6.5"/><path d="M5.2 8h5.6"/>',
    "home": '<path d="M2 7.4 8 2l6 5.4M3.8 6v8h8.4V6M6.6 14v-4h2.8v4"/>',
    "cases": '<path d="M1.8 5h12.4v8.8H1.8zM5.5 5V2.6h5V5M1.8 9h12.4"/>',
    "models": '<path d="m8 1.6 5.8 3.2v6.4L8 14.4l-5.8-3.2V4.8zM2.2 4.8 8 8l5.8-3.2M8 8v6.4"/>',
    "prompts": '<path d="M2 2.5h12v8.7H7.6L4.6 14v-2.8H2zM5 5.6h6M5 8.2h4"/>',
    "datasets": (
        '<ellipse cx="8" cy="3.8" rx="5.6" ry="2"/>'
        '<path d="M2.4 3.8v8.4c0 1.1 2.5 2 5.6 2s5.6-.9 5.6-2V3.8M2.4 8c0 1.1 2.5 2 5.6 2s5.6-.9 5.6-2"/>'
    ),
    "evaluations": '<path d="M1.8 14.2h12.4M4 11.5v-3M8 11.5v-9M12 11.5v-6"/>',
    "reviews": '<path d="M3 1.8h7l3 3v9.4H3zM5.4 9l1.8 1.8 3.4-3.6"/>',
    "audit": '<path d="M2 3h12M2 6.3h12M2 9.7h8M2 13h8"/>',
    "api": '<path d="M5.4 4 1.6 8l3.8 4m5.2-8 3.8 4-3.8 4M9 2.6 7 13.4"/>',
    "menu": '<path d="M2 4h12M2 8h12M2 12h12"/>',
    "theme": '<circle cx="8" cy="8" r="6.2"/><path d="M8 1.8v12.4A6.2 6.2 0 0 0 8 1.8z" fill="currentColor"/>',
    "person": '<circle cx="8" cy="5" r="3"/><path d="M2.2 14.2c.6-3 2.9-4.6 5.8-4.6s5.2 1.6 5.8 4.6"/>',
    "search": '<circle cx="7" cy="7" r="4.8"/><path d="m10.6 10.6 3.8 3.8"/>',
    "close": '<path d="m4 4 8 8m0-8-8 8"/>',
    "step": '<circle cx="8" cy="8" r="6.5"/><circle cx="8" cy="8" r="3" fill="currentColor" stroke="none"/>',
    "work": '<path d="M2.5 8.5h3l1 2h3l1-2h3v5h-11zM2.5 8.5l2-6h7l2 6"/>',
    "reports": '<circle cx="8" cy="8" r="6.2"/><path d="M8 1.8V8l4.6 4.2"/>',
    "people": (
        '<circle cx="6" cy="5.2" r="2.6"/>'
        '<path d="M1.4 13.8c.4-2.7 2.2-4 4.6-4s4.2 1.3 4.6 4M10.6 2.9a2.6 2.6 0 0 1 0 4.6"/>'
        '<path d="M12 10.2c1.5.6 2.4 1.8 2.7 3.6"/>'
    ),
    "egress": '<path d="M6.5 2H2.2v12h4.3M6 8h8m-3-3 3 3-3 3"/>',
    "guardrails": '<path d="M8 1.6 13.6 4v4c0 3.2-2.2 5.4-5.6 6.4C4.6 13.4 2.4 11.2 2.4 8V4z"/>',
    "costs": '<circle cx="8" cy="8" r="6.2"/><path d="M10.4 5.4a3.4 3.4 0 1 0 0 5.2M4 7.2h4.4M4 8.9h4.4"/>',
    "bell": '<path d="M3.2 11.6c1-1 1-2.4 1-4.6a3.8 3.8 0 0 1 7.6 0c0 2.2 0 3.6 1 4.6zM6.6 13.9a1.6 1.6 0 0 0 2.8 0"/>',
    "help": '<circle cx="8" cy="8" r="6.5"/><path d="M6 6.2a2 2 0 1 1 2.9 1.8c-.6.3-.9.7-.9 1.4M8 11.4v.1"/>',
    "more": '<path d="M3 8h.1M8 8h.1M13 8h.1" stroke-width="2.4"/>',
    "comment": '<path d="M2 2.5h12v8.7H7.6L4.6 14v-2.8H2z"/>',
}
_NOTHING = SafeString('<span class="muted">–</span>')
# Longer prose folds away, and even shorter gets a wider column.
_LONG, _SHORTENED, _ROOMY = 160, 140, 40


@cache
def icon(name: str) -> SafeString:
    """A line icon of 16 × 16; always beside words, so hidden from assistive technology. An unknown name is a ring."""
    return SafeString(_SVG.format(_ICONS.get(name, _OTHER)))


def escaped(value: Any) -> str:
    """`value` as HTML text: what Django's `conditional_escape` makes of it, without looking for lazy texts first."""
    return value.__html__() if hasattr(value, "__html__") else html.escape(str(value))


def when(at: datetime | None) -> str:
    """A moment in UTC, to the second on hover; "" for none."""
    if at is None:
        return ""
    utc = timezone.localtime(at)
    return format_html(
        '<time datetime="{}" title="{} {}">{}</time>',
        utc.isoformat(), _day(utc, "%B %Y, %H:%M:%S"), utc.tzname(), _day(utc, "%b %Y, %H:%M"),
    )  # fmt: skip


def _day(at: date, rest: str) -> str:
    return f"{at.day} {at.strftime(rest)}"


def cell(value: Any, kind: str, url: str) -> str:
    """The inside of a table's cell, escaped; `kind` is that of its column."""
    if value is None or value == "":
        return _NOTHING
    if drawn := _DRAWN.get(kind):
        return drawn(value)
    text = escaped(value if isinstance(value, str) else localize(value))
    return f'<a href="{html.escape(url)}">{text}</a>' if url else text


@lru_cache(maxsize=1024)  # the rows of a list are of few days
def _date(value: date) -> str:
    return format_html('<time datetime="{}">{}</time>', value.isoformat(), _day(value, "%b %Y"))


def _prose(value: Any) -> str:
    text = str(value)
    if len(text) <= _LONG:
        return format_html('<div class="cell-text{}">{}</div>', " roomy" if len(text) > _ROOMY else "", text)
    return format_html(
        '<details class="long"><summary><span class="short">{}</span><span class="less">Show less</span></summary>'
        '<div class="cell-text">{}</div></details>',
        truncatechars(text, _SHORTENED), text,
    )  # fmt: skip


_DRAWN: dict[str, Callable[[Any], str]] = {"time": when, "date": _date, "prose": _prose, "status": escaped}
