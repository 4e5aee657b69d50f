"""People's Markdown can do nothing: whatever somebody writes, what comes out holds no active content."""

from html.parser import HTMLParser

import pytest

from apps.core import markdown

_TAGS = {
    "a", "blockquote", "br", "code", "del", "em", "h3", "h4", "h5", "h6", "hr", "li", "ol", "p", "pre", "s", "strong",
    "table", "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip

HOSTILE = [
    # HTML as such.
    "<script>alert(1)</script>",
    "<ScRiPt src=//evil.example/x.js></sCrIpT>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<svg><a xlink:href='javascript:alert(1)'><text>x</text></a></svg>",
    "<math><maction actiontype='statusline#javascript:alert(1)'>x</maction></math>",
    "<math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    "<iframe src='javascript:alert(1)'></iframe>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<object data='data:text/html,<script>alert(1)</script>'></object>",
    "<embed src='//evil.example/x.swf'>",
    "<style>body{background:url(//evil.example)}</style>",
    "<p style='position:fixed;inset:0'>over everything</p>",
    "<link rel=stylesheet href=//evil.example/x.css>",
    "<meta http-equiv=refresh content='0;url=//evil.example'>",
    "<base href='//evil.example/'>",
    "<form action='/accounts/logout/' method=post><button>Continue</button></form>",
    "<input autofocus onfocus=alert(1)>",
    "<details open ontoggle=alert(1)>x</details>",
    "<body onload=alert(1)>",
    "<video><source onerror=alert(1)></video>",
    "<audio src=x onerror=alert(1)>",
    "<marquee onstart=alert(1)>x</marquee>",
    "<template><img src=x onerror=alert(1)></template>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<xmp><img src=x onerror=alert(1)></xmp>",
    "<textarea><img src=x onerror=alert(1)></textarea>",
    "<!--><img src=x onerror=alert(1)>-->",
    "<![CDATA[<img src=x onerror=alert(1)>]]>",
    "<?php echo '<script>alert(1)</script>' ?>",
    "<a href='javascript:alert(1)'>x</a>",
    "<button popovertarget=account>x</button>",
    "<p id=live class=banner role=alert>signed out</p>",
    "<<script>alert(1)//<</script>",
    "<scr\0ipt>alert(1)</scr\0ipt>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "&#60;script&#62;alert(1)&#60;/script&#62;",
    # htmx: requests that the reader would make without knowing.
    "<button hx-post='/webhooks/1/remove'>Continue</button>",
    "<div hx-get='/accounts/logout/' hx-trigger='load'>x</div>",
    "<div data-hx-post='/accounts/logout/' data-hx-trigger='load'>x</div>",
    "<a data-hx-delete='/api/v1/x/' href='#'>x</a>",
    "<div hx-on:click='alert(1)'>x</div>",
    "<div hx-on--load='alert(1)'>x</div>",
    "<div data-hx-on:htmx:load='alert(1)'>x</div>",
    "<div hx-vals='js:{x:alert(1)}'>x</div>",
    "<div hx-headers='{\"X\": 1}' hx-boost=true>x</div>",
    "<div hx-ext='disable' hx-swap-oob='true' id='live'>x</div>",
    "<meta name='htmx-config' content='{\"allowEval\":true}'>",
    "<span data-poll data-focus data-say='x'>x</span>",
    "<div sse-connect='/stream' ws-connect='/ws'>x</div>",
    # Links.
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x]( javascript:alert(1))",
    "[x](java\tscript:alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x](&#x6A;&#x61;vascript&colon;alert(1))",
    "[x](javascript&Tab;:alert(1))",
    "[x](\x01javascript:alert(1))",
    "[x](vbscript:msgbox(1))",
    "[x](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)",
    "[x](file:///etc/passwd)",
    "[x](blob:https://portal.example/1)",
    "[x](view-source:javascript:alert(1))",
    "[x](feed:javascript:alert(1))",
    "[x](//evil.example)",
    "[x](/\\evil.example)",
    "[x](\\\\evil.example)",
    "[x](/%09/evil.example)",
    "[x](///evil.example)",
    '[x](https://a.example "onmouseover=alert(1) x=")',
    "[x](https://a.example'onmouseover=alert(1))",
    "[x](<https://a.example\"onclick=alert(1)>)",
    "[x]: javascript:alert(1)\n\n[x]",
    "[x]: <javascript:alert(1)> 'y'\n\n[x][]",
    # Addresses that are links by themselves.
    "<javascript:alert(1)>",
    "<JAVASCRIPT:alert(1)>",
    "<data:text/html,x>",
    "<vbscript:x>",
    "<https://a.example/'onmouseover='alert(1)>",
    "<a@b.example?x='onclick=alert(1)>",
    "javascript:alert(1)",
    # Pictures tell another server who reads what.
    "![x](https://evil.example/pixel.png)",
    "![x](data:image/svg+xml;base64,PHN2Zz4=)",
    "![x](javascript:alert(1))",
    "[![x](https://evil.example/p.png)](javascript:alert(1))",
    "![][y]\n\n[y]: https://evil.example/p.png",
    # Code, tables and other places where text is put into attributes or passed through.
    "```\" onclick=alert(1) x=\"\nx\n```",
    "```js hx-get=/x\nx\n```",
    "`<img src=x onerror=alert(1)>`",
    "    <script>alert(1)</script>",
    "| <img src=x onerror=alert(1)> | b |\n|:-:|-|\n| <script>x</script> | [x](javascript:alert(1)) |",
    "1. <li onclick=alert(1)>x",
    "> <blockquote cite='javascript:alert(1)'>x",
    "# <h1 onclick=alert(1)>x",
    "@<script>alert(1)</script>",
    "@alice<img src=x onerror=alert(1)>",
    "\u202e<script>alert(1)</script>",
    "\ufeff<script>alert(1)</script>",
]  # fmt: skip


class Reader(HTMLParser):
    """Notes every element and attribute that is not plainly harmless."""

    def __init__(self) -> None:
        super().__init__()
        self.faults: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Elements of the list alone, links to harmless addresses, and no attribute else."""
        if tag not in _TAGS:
            self.faults.append(f"<{tag}>")
        for name, value in attrs:
            if (tag, name) == ("a", "href") and _is_harmless(value or ""):
                continue
            if (tag, name, value) == ("a", "rel", "nofollow noopener noreferrer"):
                continue
            if (tag, name) == ("ol", "start") and (value or "").isdigit():
                continue
            self.faults.append(f"<{tag} {name}={value}>")

    def handle_comment(self, data: str) -> None:
        """Comments have no business here."""
        self.faults.append(f"<!--{data}-->")

    def handle_decl(self, decl: str) -> None:
        """Nor have declarations,"""
        self.faults.append(f"<!{decl}>")

    def handle_pi(self, data: str) -> None:
        """instructions,"""
        self.faults.append(f"<?{data}>")

    def unknown_decl(self, data: str) -> None:
        """and the rest."""
        self.faults.append(f"<![{data}>")


def _is_harmless(address: str) -> bool:
    own = address.startswith("/") and address[1:2].isalnum()
    return own or address.startswith(("https://", "http://", "mailto:"))


def faults(html: str) -> list[str]:
    """What a reader of the HTML would find active."""
    reader = Reader()
    reader.feed(html)
    reader.close()
    return reader.faults


def test_the_reader_of_these_tests_would_notice() -> None:
    for bad in ["<script>x</script>", "<p onclick=x>", "<a href='javascript:x'>", "<a href='//e'>", "<p hx-get='/x'>"]:
        assert faults(bad)
    assert not faults('<p><a href="https://a.example" rel="nofollow noopener noreferrer">a</a></p>')


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_becomes_harmless(text: str) -> None:
    for around in ("{}", "a {} b", "> {}", "- {}", "**{}**", "[{}](https://a.example)", "| {} |\n|-|\n| {} |"):
        html = markdown.to_html(around.replace("{}", text), names={"alice"})
        assert not faults(html), html


def test_there_are_enough_of_them() -> None:
    assert len(set(HOSTILE)) >= 60


def test_usual_markdown_is_shown_as_people_mean_it() -> None:
    html = markdown.to_html(
        "# One\n\nA **b** *c* `d` ~~e~~\n\n- f\n\n3. g\n\n> h\n\n| i |\n|-|\n| j |\n\n[k](/use-cases/)"
    )
    for part in ("<h3>One</h3>", "<strong>b</strong>", "<em>c</em>", "<code>d</code>", "<s>e</s>", "<li>f</li>"):
        assert part in html
    for part in ('<ol start="3">', "<blockquote>", "<th>i</th>", "<td>j</td>", '<a href="/use-cases/" rel="nofollow'):
        assert part in html


def test_names_that_are_known_are_strong() -> None:
    html = markdown.to_html("@alice and @bob, `@alice`, me@alice", names={"alice"})
    assert html == "<p><strong>@alice</strong> and @bob, <code>@alice</code>, me@alice</p>\n"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("@alice", ["alice"]),
        ("Thanks, @alice. (@b.c) @d-e_f!", ["alice", "b.c", "d-e_f"]),
        ("@alice @alice", ["alice"]),
        ("me@example.org and a/@b", []),
        ("`@alice` and\n\n    @bob\n\n```\n@carol\n```", []),
        ("[@alice](https://a.example/@bob)", ["alice"]),
        ("@ alone, @. and @-", []),
        ("@" * 1000, []),
    ],
)
def test_mentions_are_names_after_a_sign_outside_of_code(text: str, found: list[str]) -> None:
    assert markdown.mentions(text) == found


def test_ten_thousand_marks_are_read_at_once() -> None:
    for text in ("*" * 10_000, "[" * 10_000, "> " * 5_000, "`" * 9_999, "![" * 5_000, "@a " * 3_000, "|" * 10_000):
        assert not faults(markdown.to_html(text, names={"a"}))
