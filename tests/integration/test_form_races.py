"""Two people who save the same short name at once: one gets the thing, the other a form that says so."""

from typing import Any

import pytest
from django.db import IntegrityError
from django.db.models.signals import pre_save
from django.test import Client

from apps.accounts.models import Role
from apps.core.forms import VerbForm
from apps.prompts.models import Prompt
from tests.factories.people import person
from tests.integration.together import at_once

FIELDS = {"name": "Sums", "slug": "sums", "user": "{{question}}"}


def signed_in() -> Client:
    """A browser of an AI engineer."""
    client = Client()
    client.force_login(person(Role.AI_ENGINEER))
    return client


@pytest.mark.django_db
def test_a_name_taken_between_check_and_save_is_an_error_of_the_form() -> None:
    def take_the_name(instance: Prompt, **_: Any) -> None:
        Prompt.objects.bulk_create([Prompt(slug=instance.slug, name="Quicker")])

    pre_save.connect(take_the_name, sender=Prompt)
    try:
        answer = signed_in().post("/prompts/new", FIELDS)
    finally:
        pre_save.disconnect(take_the_name, sender=Prompt)
    assert answer.status_code == 422
    assert "saved under the same name at the same moment" in answer.content.decode()
    assert not Prompt.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_of_two_who_save_the_same_name_at_once_one_is_told_so() -> None:
    first, second = signed_in(), signed_in()
    answers = at_once(lambda: first.post("/prompts/new", FIELDS), lambda: second.post("/prompts/new", FIELDS))
    assert sorted(answer.status_code for answer in answers) == [302, 422]
    assert Prompt.objects.count() == 1


def test_another_broken_promise_of_the_database_is_no_error_of_the_form() -> None:
    def break_it() -> None:
        raise IntegrityError("a check failed")

    with pytest.raises(IntegrityError):
        VerbForm({}).carry_out(break_it)
