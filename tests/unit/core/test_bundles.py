"""The assembled styles and scripts: whole, compressed, kept for ever under the address of their content."""

import gzip
from typing import Any

import pytest
from django.test import Client

from apps.core import bundles


@pytest.mark.parametrize("name", bundles.BUNDLES)
def test_a_bundle_is_served_to_anybody_and_kept(client: Client, name: str) -> None:
    response: Any = client.get(bundles.bundle_url(name), headers={"Accept-Encoding": "gzip"})
    assert response.status_code == 200
    assert response["Cache-Control"] == "public, max-age=31536000, immutable"
    assert gzip.decompress(response.content) == client.get(bundles.bundle_url(name)).content


def test_an_old_address_is_answered_but_not_kept(client: Client) -> None:
    response = client.get("/assets/0000/portal.css")
    assert response.status_code == 200
    assert response["Cache-Control"] == "no-cache"


def test_nothing_else_lies_there(client: Client) -> None:
    assert client.get("/assets/0000/settings.py").status_code == 404


def test_styles_and_scripts_keep_their_budgets() -> None:
    assert len(bundles.bundle("portal.css").compressed) <= 20_000
    assert len(bundles.bundle("portal.js").compressed) <= 8_000


def test_the_layers_are_named_before_anything_else() -> None:
    text = bundles.bundle("portal.css").plain.decode()
    assert text.index("@layer reset, tokens") < text.index("@layer reset {")
