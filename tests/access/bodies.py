"""What each call of the sweep sends: a body that is right, so that the person alone can be refused."""

from typing import Any

from tests.access.sweep import Route
from tests.access.things import World
from tests.architecture import casework

_NAME = {"name": "Another"}


def body(world: World, route: Route, key: str) -> dict[str, Any]:
    """The body of this call on the object named `key`; empty where none is needed."""
    if route.method in ("GET", "DELETE"):
        return {}
    return (_of_things(world, key) | _of_others(world, key)).get(route.name, {})


def _of_things(world: World, key: str) -> dict[str, dict[str, Any]]:
    content = world.hashes.get(key, "0" * 64)
    return {
        **{f"usecases:{name}": form for name, form in casework.FORMS.items()},
        "usecases:lower_tier": {"to": "ELEVATED", "reason": "Why.", "expires_on": "2100-01-01"},
        **{f"api-use-case-{name}": sent for name, sent in casework.CALLS.items()},
        "api-use-case": {"endpoint": None},
        "api-use-case-answers": {"answers": {"approach": {"value": "buy"}}},
        "api-use-case-tier-raise": {"to": "HIGH", "reason": "Why."},
        "api-use-case-tier-lower": {"to": "STANDARD", "reason": "Why.", "expires_on": "2100-01-01"},
        "api-use-case-tier-decline": {"reason": "Why."},
        "api-use-case-value": {"metric": "Euros", "target": "2", "method": "Invoices."},
        "api-use-case-value-row": {"target": "3"},
        "api-use-case-risks-row": {"impact": "major"},
        "api-use-case-adoption": {"day": "2026-11-19", "active_users": 7},
        "api-use-case-adoption-row": {"active_users": 8},
        "api-use-case-contributors": {"person": world.engineer.username},
        "api-use-case-frameworks": {"framework": "ISO/IEC 42001", "control": "A.5.2", "edition": "2023"},
        "api-use-case-frameworks-row": {"note": "Seen."},
        "api-use-case-pins": {"kind": "endpoint", "name": world.names["endpoint"]["common"]},
        "api-use-case-risks": {
            "description": "Lost.",
            "likelihood": "rare",
            "impact": "minor",
            "treatment": "accept",
            "residual": "low",
        },
        "api-prompt-versions": {"user": "Add {{question}}"},
        "api-prompt-label": {"version": 1},
        "prompts:set_production": {"version": 1},
        "discussions:panel": {"body": "A further comment"},
        "discussions:edit": {"body": "Another", "version": 1},
        "api-comment": {"body": "Another"},
        "accounts:share": {"share-team": str(world.third.pk), "share-level": "view"},
        "accounts:unshare": {"team": str(world.third.pk)},
        "accounts:assign": {"owner-team": str(world.ours.pk), "owner-audience": "team"},
        "api-share": {"team": "A", "audience": "team", "shares": [{"team": "C", "level": "view"}]},
        "reviews:decide": {"lane": "steward", "outcome": "approve", "reason": "Read.", "seen_hash": content},
        "reviews:recuse": {"reason": "I know them."},
        "api-review-recuse": {"reason": "I know them."},
        "api-review-revoke": {"reason": "It leaked."},
        "api-review-overturn": {"reason": "It is affordable."},
        "api-review-decide": {"lane": "steward", "outcome": "approve", "reason": "Read.", "content_hash": content},
    }


def _of_others(world: World, key: str) -> dict[str, dict[str, Any]]:
    others = world.others
    unit, owner = others.teams.get(key, world.ours).unit, others.owners.get(key)
    return {
        "people:grant": {"role": "steward", "team": str(world.ours.pk)},
        "api-person-roles": {"role": "steward", "team": "A"},
        "people:change_unit": {**_NAME, "parent": others.parents.get(key, "")},
        "api-unit": _NAME,
        "people:change_team": {**_NAME, "unit": str(unit.pk)},
        "api-team": _NAME,
        "people:add_member": {"user": world.engineer.username, "role": "steward"},
        "people:change_service_account": {
            "display_name": "Another", "responsible": world.engineer.username, "team": str(owner.pk) if owner else "",
        },
        "people:new_service_token": {**_NAME, "scopes": ["me:read"], "days": 30},
        "webhooks:edit": {**_NAME, "events": ["run.failed"], "version": 1},
        "api-webhook": _NAME,
    }  # fmt: skip
