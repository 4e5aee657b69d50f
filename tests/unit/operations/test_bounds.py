"""What another site can make a browser send, and what its reports may write into our log."""

import pytest
from django.test import RequestFactory

from coe_portal.operations import middleware, reports


def asked(method: str = "get", **metadata: str) -> bool:
    """Whether a request with this fetch metadata is answered."""
    headers = {f"Sec-Fetch-{name.capitalize()}": value for name, value in metadata.items()}
    return middleware.is_wanted(getattr(RequestFactory(headers=headers), method)("/"))


def test_programs_and_our_own_pages_may_ask_anything() -> None:
    assert asked("post")
    assert asked("post", site="none")
    assert asked("delete", site="same-origin", mode="cors")


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_another_site_may_only_lead_people_to_a_page(site: str) -> None:
    assert asked(site=site, mode="navigate", dest="document")
    assert not asked("post", site=site, mode="navigate", dest="document")
    assert not asked(site=site, mode="navigate", dest="iframe")
    assert not asked(site=site, mode="no-cors", dest="image")
    assert not asked(site=site, mode="cors")


def test_reports_are_counted_by_the_minute() -> None:
    allowance = reports.Allowance(2)
    assert [allowance.take(now=60.0) for _ in range(3)] == [True, True, False]
    assert allowance.take(now=120.0)
