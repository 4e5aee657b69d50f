"""Near-duplicates across agencies in the real inventory: found by meaning, and missed by trigrams."""

import csv
import re
from functools import cache

import pytest

from apps.search import embedders
from apps.search.selectors import ALIKE, LONGEST_QUERY
from tests import shared_data

# The least similarity of pg_trgm's % operator, pg_trgm.similarity_threshold.
TRIGRAMS_MATCH = 0.3
HHS, DHS, DOJ = "Department of Health and Human Services", "Department of Homeland Security", "Department of Justice"
LABOR, VA, STATE = "Department of Labor", "Department of Veterans Affairs", "Department of State"
TREASURY, COMMERCE = "Department of the Treasury", "Department of Commerce"
# Read by a person: each pair does the same work in two agencies, under names that have little in common.
PAIRS = [
    (DHS, "AI for Software Delivery", DOJ, "Vendor AI Assistant"),
    (DHS, "Machine Translation (Previously Language Translator)", DOJ, "AWS Translate"),
    (TREASURY, "Systran Translation Software", "National Credit Union Administration", "Language Translator"),
    (
        DHS, "Translation and Transcription for Investigative Data",
        DOJ, "Human Language Extraction and Translation Technology",
    ),
    (
        LABOR, "Audio Transcription",
        DOJ, "Azure AI Speech to Text Managed Service - Voice Transcription to Text",
    ),
    (
        LABOR, "Stata/MP 18",
        DOJ, "Stata (Forecasting, predictive analytics, data/statistical analysis)",
    ),
    (DHS, "Topic Modeling on Request For Evidence (RFE) Data Sets", STATE, "TOPIQ"),
    (
        "Department of the Interior", "Rangeland Condition Monitoring Assessment and Projection (RCMAP)",
        "Department of Agriculture", "Rangeland Analysis Platform",
    ),
    (LABOR, "Adobe Premier Pro", DOJ, "Adobe Suite Applications"),
    (
        DHS, "Cybersecurity Threat Management, Detection, and Response",
        "Securities and Exchange Commission", "Evaluating Cybersecurity Alerts",
    ),
    (
        HHS, "Exchange Complaints Review Categorization ML/AI",
        "Federal Deposit Insurance Corporation", "Analysis of Consumer Complaints",
    ),
    (
        COMMERCE, "Linkage and Matching Program (LaMP)",
        HHS,
        "Sequential Coverage Algorithm (SCA) and partial Expectation-Maximization (EM) estimation in Record Linkage",
    ),
    (
        "Federal Housing Finance Agency", "Workflow automation and predictive analytics using ServiceNow",
        DOJ, "ServiceNow",
    ),
]  # fmt: skip


def folded(text: str) -> str:
    """The text with every run of white space made one blank."""
    return " ".join(text.split())


@cache
def described() -> dict[tuple[str, str], str]:
    """(agency, title) → what the case is for."""
    path = shared_data.path("use_cases/federal_ai_inventory_2024.csv")
    with path.open(encoding="cp1252", newline="") as file:
        return {(folded(row[1]), folded(row[0])): folded(row[7]) for row in list(csv.reader(file))[1:]}


def trigrams(text: str) -> set[str]:
    """As pg_trgm makes them: each word alone, in small letters, two blanks before it and one behind."""
    padded = [f"  {word} " for word in re.findall(r"\w+", text.lower())]
    return {word[at : at + 3] for word in padded for at in range(len(word) - 2)}


def trigram_similarity(one: str, other: str) -> float:
    """As pg_trgm's similarity(): the trigrams that both have, of all that either has."""
    first, second = trigrams(one), trigrams(other)
    return len(first & second) / len(first | second)


def test_trigram_similarity_is_that_of_pg_trgm() -> None:
    """The example of its documentation."""
    assert trigrams("cat") == {"  c", " ca", "cat", "at "}
    assert trigram_similarity("word", "two words") == pytest.approx(0.363636, abs=1e-6)


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: f"{pair[1][:30]}, {pair[3][:30]}")
def test_meaning_finds_a_near_duplicate_that_trigrams_miss(pair: tuple[str, str, str, str]) -> None:
    first, second = pair[:2], pair[2:]
    assert first[0] != second[0]
    texts = [f"{title}\n{described()[agency, title]}" for agency, title in (first, second)]
    one, other = embedders.current().embed([text[:LONGEST_QUERY] for text in texts])
    assert float(one @ other) >= ALIKE + 0.1
    assert trigram_similarity(first[1], second[1]) < TRIGRAMS_MATCH
    assert trigram_similarity(*texts) < TRIGRAMS_MATCH


def test_there_are_more_than_ten_pairs_and_none_twice() -> None:
    assert len({frozenset([pair[:2], pair[2:]]) for pair in PAIRS}) == len(PAIRS) >= 10
