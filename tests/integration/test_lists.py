"""Placeholder."""
import pytest
from django.test import Client
from tests.factories import cases, people
from apps.accounts.models import Role

pytestmark = pytest.mark.django_db

PATHS = ["/use-cases/", "/models/", "/prompts/", "/datasets/", "/evaluations/", "/reviews/", "/audit/"]

@pytest.mark.parametrize("path", PATHS)
def test_open(client: Client, path: str) -> None:
    client.force_login(people.person(Role.ADMINISTRATOR))
    for n in range(3):
        cases.case(title=f"Case {n}")
    for extra in ("?filters=open", "?q=a&sort=x&foo=1"):
        response = client.get(path + extra)
        assert response.status_code == 200
    print(response.content.decode()[-3000:])
