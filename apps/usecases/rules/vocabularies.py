"""What may be answered to the questions of the record: values for machines, labels for people.

The wording is the portal's own. Article numbers are those of Regulation (EU) 2024/1689, the EU AI Act.
"""

from dataclasses import dataclass


@dataclass(frozen=True, eq=False)
class Vocabulary:
    """Values with their labels, in reading order. `nothing` is the value that stands alone and means: none of these."""

    labels: dict[str, str]
    nothing: str = ""

    def label(self, value: str) -> str:
        """The label of a known value."""
        return self.labels[value]


APPROACH = Vocabulary(
    {
        "buy": "Bought ready-made",
        "build": "Built here",
        "both": "Bought in part, built in part",
        "embedded": "Built into software that is in use already",
    }
)
PEOPLE = Vocabulary(
    {
        "internal": "People who work here",
        "partner": "Partners and suppliers",
        "customer": "Customers",
        "public": "The public",
        "vulnerable": "Children, or others who need protection",
    }
)
OUTPUT = Vocabulary(
    {
        "insight": "Insight: patterns, summaries, search results",
        "content": "Content: text, images, sound, code",
        "score": "A score or ranking",
        "recommendation": "A recommendation",
        "decision": "A decision",
        "system_action": "An action in another system",
    }
)
# From a tool that only shows something to one that nobody watches.
AUTONOMY = Vocabulary(
    {
        "informs": "1. Informs: people find out, weigh and act",
        "recommends": "2. Recommends: a person decides each time",
        "acts_confirmed": "3. Prepares: acts once a person has confirmed",
        "acts_vetoed": "4. Announces: acts unless a person stops it in time",
        "acts_reported": "5. Reports: acts first, people look afterwards",
        "acts_alone": "6. Alone: acts, and nobody looks at the single case",
    }
)
ACTS_ON = Vocabulary(
    {
        "nothing": "No system: people carry out what it says",
        "internal": "Systems of the organisation",
        "external": "Systems of others, or payments, or messages to people outside",
    },
    nothing="nothing",
)
DATA_CLASSES = Vocabulary(
    {
        "public": "Public",
        "internal": "Internal",
        "confidential": "Confidential",
        "secret": "Secret",
    }
)
PERSONAL_DATA = Vocabulary(
    {
        "none": "None",
        "pseudonymous": "Pseudonymous data (GDPR Article 4(5))",
        "personal": "Personal data (GDPR Article 4(1))",
        "special_category": "Special categories (GDPR Article 9)",
        "criminal": "Criminal convictions and offences (GDPR Article 10)",
        "health": "Health information about patients (PHI, HIPAA)",
    },
    nothing="none",
)
RESIDENCY = Vocabulary(
    {
        "premises": "On our own premises",
        "eu": "European Union and EEA",
        "uk": "United Kingdom",
        "us": "United States",
        "elsewhere": "Elsewhere",
    }
)
EU_ROLE = Vocabulary(
    {
        "provider": "Provider (Article 3(3))",
        "deployer": "Deployer (Article 3(4))",
        "importer": "Importer (Article 3(6))",
        "distributor": "Distributor (Article 3(7))",
        "manufacturer": "Manufacturer of a product that it is part of (Article 25(3))",
        "representative": "Authorised representative (Article 3(5))",
    }
)
PRACTICES = Vocabulary(
    {
        "none": "None of these",
        "manipulation": "Manipulates or deceives people to their harm (Article 5(1)(a))",
        "vulnerability": "Exploits age, disability or hardship (Article 5(1)(b))",
        "social_scoring": "Scores people by behaviour or character, and treats them worse for it (Article 5(1)(c))",
        "crime_prediction": "Predicts a person's crimes from profile or character alone (Article 5(1)(d))",
        "face_scraping": "Builds face databases by scraping (Article 5(1)(e))",
        "emotions_at_work": "Infers emotions at work or in education (Article 5(1)(f))",
        "sensitive_biometrics": "Sorts people by biometrics into sensitive groups (Article 5(1)(g))",
        "live_biometric_id": "Identifies people in public live, for law enforcement (Article 5(1)(h))",
    },
    nothing="none",
)
LEGAL_FINDING = Vocabulary(
    {
        "confirmed": "Confirmed: it is such a practice",
        "cleared": "Cleared: it is none, or falls under an exception",
    }
)
AREAS = Vocabulary(
    {
        "none": "None of these",
        "biometrics": "Biometrics (Annex III, 1)",
        "infrastructure": "Critical infrastructure (Annex III, 2)",
        "education": "Education and vocational training (Annex III, 3)",
        "employment": "Employment and management of workers (Annex III, 4)",
        "essential_services": "Essential services and benefits, credit, insurance, emergency calls (Annex III, 5)",
        "law_enforcement": "Law enforcement (Annex III, 6)",
        "migration": "Migration, asylum and border control (Annex III, 7)",
        "justice": "Justice and democratic processes (Annex III, 8)",
    },
    nothing="none",
)
GROUNDS = Vocabulary(
    {
        "none": "None of these",
        "narrow_task": "It performs a narrow procedural task (Article 6(3)(a))",
        "improves_work": "It improves the result of finished human work (Article 6(3)(b))",
        "detects_deviations": "It detects deviations from earlier decisions, and replaces none (Article 6(3)(c))",
        "preparatory": "It prepares an assessment that others make (Article 6(3)(d))",
    },
    nothing="none",
)
TRANSPARENCY = Vocabulary(
    {
        "none": "None of these",
        "interaction": "People talk with it and could take it for a person (Article 50(1))",
        "synthetic_content": "It makes synthetic sound, images, video or text (Article 50(2))",
        "emotion_biometric": "It recognises emotions or sorts by biometrics (Article 50(3))",
        "deep_fake": "It makes deep fakes (Article 50(4))",
        "public_text": "It writes text that informs the public (Article 50(4))",
    },
    nothing="none",
)
PUBLIC_IMPACT = Vocabulary(
    {
        "neither": "Neither",
        "rights": "On rights: liberty, equal treatment, privacy, access to services",
        "safety": "On safety: life, health, infrastructure, environment",
        "both": "On both",
    },
    nothing="neither",
)
REUSE = Vocabulary(
    {
        "none": "Nothing",
        "platform": "A platform that is in use already",
        "code": "Code of another case",
        "code_data": "Code and data of another case",
    },
    nothing="none",
)
EVALUATION = Vocabulary(
    {
        "none": "Not evaluated",
        "benchmark": "On a benchmark",
        "operational": "In operation, or close to it",
        "impact": "By a study of its impact",
    },
    nothing="none",
)
EVALUATOR = Vocabulary(
    {
        "none": "Nobody but those who built it",
        "inside": "Another team of the organisation",
        "outside": "Somebody outside",
    },
    nothing="none",
)
MONITORING = Vocabulary(
    {
        "none": "1. None yet",
        "manual": "2. Somebody looks now and then",
        "automated": "3. Measured automatically, looked at on a schedule",
        "alarmed": "4. Measured automatically, with limits that alarm a named person",
    },
    nothing="none",
)
NOTICE = Vocabulary(
    {
        "none": "No notice",
        "general": "In general terms, such as a privacy notice",
        "at_use": "Where and when they meet it",
        "individual": "Each person, with what it means for them",
    },
    nothing="none",
)
APPEAL = Vocabulary(
    {
        "none": "No way to appeal",
        "channel": "Through a general channel, such as customer service",
        "human_review": "A person looks at the case anew",
    },
    nothing="none",
)
OPT_OUT = Vocabulary(
    {
        "none": "No",
        "on_request": "Yes, on request",
        "by_choice": "Yes, by a choice that everybody is offered",
    },
    nothing="none",
)
DATA_END = Vocabulary(
    {
        "deleted": "Deleted",
        "archived": "Archived for as long as the law asks",
        "handed_over": "Handed over to another system or owner",
    }
)
