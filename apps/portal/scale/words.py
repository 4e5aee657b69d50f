"""Plain words from which titles and purposes are put together."""

from random import Random

_VERBS = ("Sort", "Summarise", "Draft", "Translate", "Check", "Match", "Forecast", "Extract", "Route", "Compare")
_THINGS = (
    "incoming invoices", "customer complaints", "maintenance reports", "supplier contracts", "travel claims",
    "meeting notes", "safety notices", "job applications", "insurance claims", "test protocols", "tender documents",
    "laboratory results", "delivery notes", "service tickets", "audit findings", "product descriptions",
)  # fmt: skip
_PLACES = (
    "the service desk", "the purchasing office", "the claims department", "the plant in the north",
    "the legal department", "the export office", "field engineers", "the call centre", "the laboratory", "the archive",
)  # fmt: skip
_PAINS = (
    "Today people read every page by hand, and the backlog grows each month.",
    "Mistakes are found late, and putting them right costs more than the work itself.",
    "The same question is answered many times a day by different people in different words.",
    "Experienced colleagues spend half of their time on the simple part of the work.",
)
_GAINS = (
    "With help, the simple part takes minutes and people decide on what is unusual.",
    "Faults are marked before anything leaves the house.",
    "Answers become alike, and each names where it comes from.",
    "Waiting shrinks from days to hours.",
)
_DIVISIONS = (
    "Operations", "Finance", "Customer Service", "Logistics", "Research", "Production", "Legal", "People", "Sales",
    "Procurement", "Information Technology", "Quality", "Property", "Communication", "Strategy", "Safety", "Energy",
    "Insurance", "Retail", "Public Affairs",
)  # fmt: skip


def title(random: Random) -> str:
    """What a case does, in one line."""
    return f"{random.choice(_VERBS)} {random.choice(_THINGS)} for {random.choice(_PLACES)}"


def purpose(random: Random) -> str:
    """Problem and benefit."""
    return f"{random.choice(_PAINS)} {random.choice(_GAINS)} It concerns {random.choice(_THINGS)}."


def division(number: int) -> str:
    """The name of a top-level unit."""
    turn, name = divmod(number, len(_DIVISIONS))
    return f"{_DIVISIONS[name]} {turn + 1}" if turn else _DIVISIONS[name]
