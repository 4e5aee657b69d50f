"""The words that a case's columns hold."""

from django.db import models


class Stage(models.TextChoices):
    """Where the work is; says nothing about whether it may proceed."""

    DISCOVER = "DISCOVER", "Discover"
    PLAY = "PLAY", "Play"
    DEVELOP = "DEVELOP", "Develop"
    DEPLOY = "DEPLOY", "Deploy"
    RETIRED = "RETIRED", "Retired"


class Standing(models.TextChoices):
    """Whether the case may proceed: derived from review decisions, never stored."""

    UNREVIEWED = "UNREVIEWED", "Unreviewed"
    IN_REVIEW = "IN_REVIEW", "In review"
    CHANGES_REQUESTED = "CHANGES_REQUESTED", "Changes requested"
    CLEARED = "CLEARED", "Cleared"
    CLEARED_WITH_CONDITIONS = "CLEARED_WITH_CONDITIONS", "Cleared with conditions"
    REJECTED = "REJECTED", "Rejected"
    SUSPENDED = "SUSPENDED", "Suspended"
    LAPSED = "LAPSED", "Lapsed"
    WITHDRAWN = "WITHDRAWN", "Withdrawn"


class TopicArea(models.TextChoices):
    """The field of work, after the topic areas of the US federal AI inventory."""

    INTERNAL = "internal", "Internal operations"
    LAW = "law", "Law and justice"
    HEALTH = "health", "Health and medicine"
    SERVICES = "services", "Services to customers and the public"
    TRADE = "trade", "Diplomacy and trade"
    SCIENCE = "science", "Science and space"
    TRANSPORT = "transport", "Transportation"
    EDUCATION = "education", "Education and workforce"
    ENERGY = "energy", "Energy and the environment"
    EMERGENCY = "emergency", "Emergency management"
    OTHER = "other", "Other"


class Tier(models.TextChoices):
    """How much harm a case could do, as the rules in force see it; the highest rule that fires decides."""

    STANDARD = "STANDARD", "Standard"
    ELEVATED = "ELEVATED", "Elevated"
    HIGH = "HIGH", "High"
    PROHIBITED = "PROHIBITED", "Prohibited"


class EuClass(models.TextChoices):
    """What the EU AI Act calls such a system: another question than the tier, answered by the same rules."""

    MINIMAL = "minimal", "Minimal risk"
    TRANSPARENCY = "transparency", "Duties of transparency (Article 50)"
    HIGH_RISK = "high_risk", "High-risk (Article 6)"
    PROHIBITED = "prohibited", "Prohibited practice (Article 5)"


class Likelihood(models.TextChoices):
    """How likely a risk is to come true within a year."""

    RARE = "rare", "Rare"
    UNLIKELY = "unlikely", "Unlikely"
    POSSIBLE = "possible", "Possible"
    LIKELY = "likely", "Likely"
    ALMOST_CERTAIN = "almost_certain", "Almost certain"


class Impact(models.TextChoices):
    """How bad it would be."""

    NEGLIGIBLE = "negligible", "Negligible"
    MINOR = "minor", "Minor"
    MODERATE = "moderate", "Moderate"
    MAJOR = "major", "Major"
    SEVERE = "severe", "Severe"


class Treatment(models.TextChoices):
    """What is done about a risk."""

    AVOID = "avoid", "Avoid"
    REDUCE = "reduce", "Reduce"
    TRANSFER = "transfer", "Transfer"
    ACCEPT = "accept", "Accept"


class Residual(models.TextChoices):
    """What is left of a risk once it is treated."""

    LOW = "low", "Low"
    MEDIUM = "medium", "Medium"
    HIGH = "high", "High"
    CRITICAL = "critical", "Critical"
