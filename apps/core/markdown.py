"""People's Markdown as HTML that can do nothing: CommonMark without HTML, then an allow-list of bare elements."""

import re
from collections.abc import Collection, Iterator

import nh3
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from markdown_it.token import Token

_TAGS = {
    "a", "blockquote", "br", "code", "del", "em", "h3", "h4", "h5", "h6", "hr", "li", "ol", "p", "pre", "s", "strong",
    "table", "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip
_SCHEMES = {"http", "https", "mailto"}
# A name after @, which neither ends in a full stop nor stands in an address such as me@example.org.
_MENTION = re.compile(r"(?<![\w@.+/-])@(\w(?:[\w.+@-]*\w)?)")
# A page of this site; anything odder could be read as another host.
_OWN_PAGE = re.compile(r"/\w[\w/.?=&%#-]*", re.ASCII)
# Heading levels 1 and 2 belong to the page.
_LOWER = {"h1": "h3", "h2": "h4", "h3": "h5", "h4": "h6", "h5": "h6", "h6": "h6"}
# Images become their words: a picture from elsewhere tells its server who reads what, and when.
_PARSER = MarkdownIt("commonmark", {"html": False}).enable("table").enable("strikethrough").disable("image")
_CLEANER = nh3.Cleaner(
    tags=_TAGS,
    attributes={"a": {"href"}, "ol": {"start"}, "*": set()},
    url_schemes=_SCHEMES,
    link_rel="nofollow noopener noreferrer",
    url_relative=lambda url: url if _OWN_PAGE.fullmatch(url) else None,
    strip_comments=True,
)


def to_html(text: str, *, names: Collection[str] = ()) -> SafeString:
    """The text as HTML without scripts, styles, pictures or hooks for them; @names among `names` are strong.

    Headings start at level 3. The page puts it into an element with `hx-disable` and `hx-ignore`.
    """
    tokens = _PARSER.parse(text)
    for token in tokens:
        token.tag = _LOWER.get(token.tag, token.tag)
        if token.children and names:
            token.children = [part for child in token.children for part in _with_mentions(child, names)]
    rendered = _CLEANER.clean(_PARSER.renderer.render(tokens, _PARSER.options, {}))
    return mark_safe(rendered)  # noqa: S308 it went through the allow-list above


def mentions(text: str) -> list[str]:
    """The names after @ in the order they come, each once; code and links' addresses are not read."""
    found = (
        name
        for token in _PARSER.parse(text)
        for child in token.children or ()
        if child.type == "text"
        for name in _MENTION.findall(child.content)
    )
    return list(dict.fromkeys(found))


def _with_mentions(token: Token, names: Collection[str]) -> Iterator[Token]:
    if token.type != "text":
        yield token
        return
    at = 0
    for found in _MENTION.finditer(token.content):
        if found.group(1) in names:
            yield _text(token.content[at : found.start()])
            yield Token("strong_open", "strong", 1, markup="**")
            yield _text(found.group())
            yield Token("strong_close", "strong", -1, markup="**")
            at = found.end()
    yield _text(token.content[at:])


def _text(content: str) -> Token:
    return Token("text", "", 0, content=content)
