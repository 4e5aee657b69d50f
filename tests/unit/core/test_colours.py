"""The tokens: every colour as designed, every contrast counted anew from the file, and no raw colour elsewhere."""

import re
from pathlib import Path

import pytest

from tests.architecture.source import ROOT

CSS = ROOT / "static" / "css"
TOKENS = (CSS / "tokens.css").read_text(encoding="utf-8")
# Role → (light, dark), to the letter of the design.
DESIGNED = {
    "ground": ("#ffffff", "#12161b"), "raised": ("#f5f6f8", "#1a2027"), "sunken": ("#eceef1", "#232b34"),
    "text": ("#1b1f24", "#e8ebef"), "muted": ("#57606a", "#a5afba"), "link": ("#0b57a4", "#79b8ff"),
    "focus": ("#0b57a4", "#79b8ff"), "control": ("#7a838d", "#6b7682"), "good": ("#157973", "#27f3e4"),
    "info": ("#2b35a5", "#4190fe"), "warning": ("#a45108", "#fec127"), "bad": ("#800b32", "#f05f79"),
    "data-1": ("#1910a8", "#485af8"), "data-2": ("#94460e", "#fcad36"), "data-3": ("#03a171", "#bcfcd7"),
    "data-4": ("#c865de", "#8e558e"), "data-5": ("#0d6c7d", "#78c8fb"), "data-6": ("#222324", "#969798"),
}  # fmt: skip
# Words and status need 4.5 : 1 (WCAG 1.4.3), borders of controls and data 3 : 1 (1.4.11).
WORDS, EDGES = ("text", "muted", "link", "focus", "good", "info", "warning", "bad"), ("control",)
GROUNDS = ("ground", "raised", "sunken")
# The range that the design names for each role: best and worst of the three grounds, light and dark.
RANGES = {
    "text": ((16.6, 14.3), (15.2, 12.0)), "muted": ((6.4, 5.5), (8.2, 6.4)), "link": ((7.2, 6.2), (8.8, 6.9)),
    "control": ((3.9, 3.3), (3.9, 3.1)), "good": ((5.2, 4.5), (13.0, 10.3)), "info": ((9.7, 8.4), (5.8, 4.5)),
    "warning": ((5.6, 4.8), (11.1, 8.8)), "bad": ((10.4, 9.0), (5.7, 4.5)),
}  # fmt: skip
RAW = re.compile(
    r"#[0-9a-fA-F]{3,8}\b(?![-\w])|\b(?:rgba?|hsla?|hwb|lab|lch|oklab|oklch|color)\((?!in )"
    r"|:\s*(?:black|white|red|green|blue|gray|grey|orange|yellow|silver)\b"
)
FONT_SIZES = {"12": "0.75rem", "14": "0.875rem", "16": "1rem", "20": "1.25rem", "24": "1.5rem", "30": "1.875rem"}
SPACES = ("4", "8", "12", "16", "24", "32", "48", "64")


def tokens() -> dict[str, tuple[str, str]]:
    """Role → (light, dark) as the file has it."""
    found = re.findall(r"--([\w-]+): light-dark\((#\w{6}), (#\w{6})\);", TOKENS)
    return {name: (light, dark) for name, light, dark in found}


def luminance(colour: str) -> float:
    """Relative luminance of an sRGB colour (WCAG 2.2)."""
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours, 1 to 21."""
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def ratios(role: str, theme: int, grounds: tuple[str, ...] = GROUNDS) -> list[float]:
    """The contrast of a role on each ground in a theme (0 light, 1 dark)."""
    found = tokens()
    return [contrast(found[role][theme], found[ground][theme]) for ground in grounds]


def test_the_tokens_are_the_design() -> None:
    assert tokens() == DESIGNED


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize("role", WORDS)
def test_words_can_be_read_on_every_ground(role: str, theme: int) -> None:
    assert min(ratios(role, theme)) >= 4.5 - 0.05


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize("role", EDGES)
def test_edges_of_controls_can_be_seen_on_every_ground(role: str, theme: int) -> None:
    assert min(ratios(role, theme)) >= 3


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize("place", range(1, 7))
def test_data_can_be_seen_on_page_and_raised_ground(place: int, theme: int) -> None:
    assert min(ratios(f"data-{place}", theme, ("ground", "raised"))) >= 3


@pytest.mark.parametrize("role", RANGES)
def test_the_ratios_are_those_the_design_names(role: str) -> None:
    for theme in (0, 1):
        found = ratios(role, theme)
        best, worst = RANGES[role][theme]
        assert abs(max(found) - best) < 0.1
        assert abs(min(found) - worst) < 0.1


def test_sizes_and_spaces_are_the_design() -> None:
    assert dict(re.findall(r"--size-(\d+): ([\d.]+rem);", TOKENS)) == FONT_SIZES
    assert dict(re.findall(r"--space-(\d+): ([\d.]+)rem;", TOKENS)) == {
        space: f"{int(space) / 16:g}" for space in SPACES
    }


def raw_colours(path: Path) -> list[str]:
    """Colours that a style sheet or template names itself."""
    text = re.sub(r"/\*.*?\*/", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    if path.suffix == ".html":
        # Fragments of addresses look like colours; only attributes that paint count.
        text = "\n".join(re.findall(r"(?:fill|stroke|color|bgcolor)=\"[^\"]*\"", text))
    return [f"{path.relative_to(ROOT)}: {found.group()}" for found in RAW.finditer(text)]


def test_no_other_file_names_a_raw_colour() -> None:
    sheets = [path for path in CSS.glob("*.css") if path.name != "tokens.css"]
    found = [raw for path in [*sheets, *(ROOT / "templates").rglob("*.html")] for raw in raw_colours(path)]
    assert not found, found


def test_the_layers_stand_in_their_order() -> None:
    assert "@layer reset, tokens, base, layout, components, utilities;" in TOKENS
    for path in CSS.glob("*.css"):
        named = set(re.findall(r"@layer ([\w]+) \{", path.read_text(encoding="utf-8")))
        assert named <= {"reset", "tokens", "base", "layout", "components", "utilities"}, path.name


def test_the_admin_is_restyled_by_its_variables_alone() -> None:
    text = re.sub(r"/\*.*?\*/", "", (CSS / "admin.css").read_text(encoding="utf-8"), flags=re.DOTALL)
    declared = re.findall(r"([\w-]+)\s*:\s*[^;{}]+;", text)
    assert declared
    assert all(name.startswith("--") for name in declared), declared


def test_type_comes_in_the_designed_sizes() -> None:
    allowed = re.compile(r"var\(--size-\d\d\)|0\.\d+em|100%|\d+pt|inherit|0\.8em")
    wrong = [
        f"{path.name}: {size}"
        for path in CSS.glob("*.css")
        if path.name not in ("charts.css", "frozen.css", "admin.css")
        for size in re.findall(r"font-size: ([^;]+);", path.read_text(encoding="utf-8"))
        if not allowed.fullmatch(size)
    ]
    assert not wrong, wrong
