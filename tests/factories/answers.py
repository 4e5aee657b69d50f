"""Answers to the questions of the record, by what the rules of the tier make of them."""

from typing import Any


def value(value: Any) -> dict[str, Any]:
    """An answer."""
    return {"value": value}


# Answers to all that the rules read, none of which makes any of them fire.
HARMLESS: dict[str, Any] = {
    "practices": value(["none"]), "areas": value(["none"]), "safety_component": value(False),
    "public_impact": value("neither"), "personal_data": value(["none"]), "influences_people": value(False),
    "autonomy": value("informs"), "intended_users": value(["internal"]), "transparency": value(["none"]),
    "yearly_cost": value("100000"), "new_supplier": value(False),
}  # fmt: skip
# What makes each rule fire, beside harmless answers.
FIRING: dict[str, dict[str, Any]] = {
    "practice": {"practices": value(["social_scoring"]), "practice_finding": value("confirmed")},
    "annex-iii": {"areas": value(["employment"]), "ground": value("none"), "profiling": value(False)},
    "annex-iii-profiling": {
        "areas": value(["education"]), "ground": value("preparatory"), "ground_accepted": value(True),
        "profiling": value(True),
    },
    "safety-component": {"safety_component": value(True)},
    "public-impact": {"public_impact": value("rights")},
    "sensitive-decisions": {"personal_data": value(["health"]), "influences_people": value(True)},
    "three-elevated": {
        "personal_data": value(["personal"]), "intended_users": value(["public"]), "new_supplier": value(True),
    },
    "acts-outside": {"autonomy": value("acts_vetoed"), "acts_on": value(["external"])},
    "personal-data": {"personal_data": value(["pseudonymous"])},
    "public-facing": {"intended_users": value(["customer"])},
    "looks-human": {"transparency": value(["interaction"])},
    "costly": {"yearly_cost": value("100000.01")},
    "new-supplier": {"new_supplier": value(True)},
}  # fmt: skip
