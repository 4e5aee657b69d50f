"""Opening the pages of a case and sending their forms, as tests of several files do."""

from typing import Any

import pytest
from django import forms
from django.test import Client
from django.urls import reverse

from apps.accounts.models import Role, User
from apps.usecases import services
from apps.usecases.models import UseCase
from tests.factories import cases
from tests.factories.people import person

HTMX = {"HX-Request": "true"}


@pytest.fixture
def owner(client: Client) -> User:
    """Somebody signed in, who registers and owns cases."""
    found = person(Role.BUSINESS_OWNER)
    client.force_login(found)
    return found


def page(client: Client, case: UseCase, at: str, *args: Any, status: int = 200) -> str:
    """What a page of the case says."""
    answer = client.get(reverse(f"usecases:{at}", args=[case.ref, *args]))
    assert answer.status_code == status, answer.content.decode()[:2_000]
    return answer.content.decode()


def send(client: Client, case: UseCase, at: str, *args: Any, status: Any = 302, **fields: Any) -> str:
    """What answers a form of the case's page as it is now; the address it leads to, where it leads on."""
    form = {"version": UseCase.objects.get(pk=case.pk).version, **fields}
    answer = client.post(reverse(f"usecases:{at}", args=[case.ref, *args]), form)
    assert answer.status_code == status, answer.content.decode()[:3_000]
    return answer["Location"] if status == 302 else answer.content.decode()


def typed(form: forms.Form) -> dict[str, Any]:
    """What a browser sends of a form that nobody touched."""
    said = {name: form[name].value() for name in form.fields}
    return {name: value for name, value in said.items() if value is not None}


def blank(owner: User) -> UseCase:
    """A case of which nothing has been answered."""
    return cases.case(by=owner, answers={})


def now(case: UseCase) -> UseCase:
    """The case as it is now."""
    return UseCase.objects.get(pk=case.pk)


def answered(case: UseCase, **answers: Any) -> UseCase:
    """The case with these answers, given by its owner."""
    return services.answer(use_case=case, version=now(case).version, answers=answers, by=case.owner)
