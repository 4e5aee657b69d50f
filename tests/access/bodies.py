"""What each call of the sweep sends: a body that is right, so that the person alone can be refused."""

from typing import Any

from tests.access.sweep import Route
from tests.access.things import World

_NAME = {"name": "Another"}


def body(world: World, route: Route, key: str) -> dict[str, Any]:
    """The body of this call on the object named `key`; empty where none is needed."""
    if route.method in ("GET", "DELETE"):
        return {}
    return (_of_things(world, key) | _of_others(world, key)).get(route.name, {})


def _of_things(world: World, key: str) -> dict[str, dict[str, Any]]:
    content = world.hashes.get(key, "0" * 64)
    return {
        "api-use-case": {"endpoint": None},
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
