"""Sharing by page, and the same in a dialog: what it shows, refuses and refreshes."""

from uuid import UUID

import pytest

from apps.accounts.models import Role
from tests.factories import cases
from tests.factories.people import person, team
from tests.integration.test_people import actions, as_somebody, told

pytestmark = pytest.mark.django_db


def test_a_thing_is_shared_and_no_longer_by_page() -> None:
    owner, letters = person(Role.AI_ENGINEER), team("Letters")
    case = cases.case(by=owner)
    url = f"/share/use_case/{case.pk}"
    browser = as_somebody(owner)
    assert browser.get(url).status_code == 200
    sent = browser.post(url, {"share-team": letters.pk, "share-level": "view"})
    assert sent.status_code == 302, sent.content
    assert "Letters" in browser.get(url).content.decode()
    assert browser.post(url, {"share-team": letters.pk, "share-level": "own"}).status_code == 422
    browser.post(f"{url}/remove", {"team": letters.pk})
    assert actions(case)[-2:] == ["share.granted", "share.revoked"]
    stranger = as_somebody(person())
    assert stranger.get(url).status_code == 200
    assert stranger.post(url, {"share-team": letters.pk, "share-level": "view"}).status_code == 403


def test_the_share_dialog_is_a_part_that_refuses_and_refreshes_in_its_place() -> None:
    owner, letters = person(Role.AI_ENGINEER), team("Letters")
    case = cases.case(by=owner)
    url, browser, part = f"/share/use_case/{case.pk}", as_somebody(owner), {"HX-Request": "true"}
    assert f'hx-get="{url}"' in browser.get(f"/use-cases/{case.ref}/").content.decode()
    opened = browser.get(url, headers=part)
    assert "HX-Request" in opened["Vary"]
    assert "<html" not in opened.content.decode()
    assert "hx-post" not in browser.get(url).content.decode()
    refused = browser.post(url, {"share-level": "view"}, headers=part)
    assert (refused.status_code, "error-summary" in refused.content.decode()) == (422, True)
    shared = browser.post(url, {"share-team": letters.pk, "share-level": "view"}, headers=part)
    assert (shared.status_code, "It is shared with Letters." in shared.content.decode()) == (200, True)
    assert "Stop sharing with Letters" in shared.content.decode()
    for words in ("It is no longer shared with Letters.", "It is not shared with that team."):
        taken = browser.post(f"{url}/remove", {"team": letters.pk}, headers=part)
        assert (taken.status_code, words in taken.content.decode()) == (200, True)
        assert "Stop sharing with" not in taken.content.decode()
    given = browser.post(f"{url}/owner", {"owner-audience": "organisation"}, headers=part)
    assert (given.status_code, given["HX-Redirect"]) == (204, f"/use-cases/{case.ref}/")
    assert actions(case)[-2:] == ["share.granted", "share.revoked"]


def test_a_thing_that_is_given_to_a_team_is_hidden_from_others() -> None:
    letters = team("Letters")
    owner = person(Role.AI_ENGINEER, team=letters)
    case = cases.case(by=owner)
    url = f"/share/use_case/{case.pk}"
    browser = as_somebody(owner)
    assert browser.post(f"{url}/owner", {"owner-audience": "team"}).status_code == 422
    sent = browser.post(f"{url}/owner", {"owner-team": letters.pk, "owner-audience": "team"})
    assert sent.status_code == 302, sent.content
    assert browser.get(url).status_code == 200
    stranger = as_somebody(person())
    hidden, missing = stranger.get(url), stranger.get(f"/share/use_case/{UUID(int=0)}")
    assert hidden.status_code == missing.status_code == 404
    assert told(hidden).replace(str(case.pk), str(UUID(int=0))) == told(missing)
    assert stranger.get("/share/nothing/1").status_code == 404
