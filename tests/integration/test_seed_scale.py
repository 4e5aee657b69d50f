"""The made-up organisation: complete, true to every rule, and the same for the same size."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from apps.accounts.models import Membership, Team, User
from apps.core.hashing import sha256_hex
from apps.evaluations.models import EvaluationRun
from apps.portal.scale import SMALL
from apps.prompts.models import Prompt
from apps.reviews.models import ReviewRequest
from apps.search.models import SearchDocument
from apps.usecases import selectors
from apps.usecases.models import UseCase

pytestmark = pytest.mark.django_db


def test_it_writes_what_it_says_once() -> None:
    said = StringIO()
    call_command("seed_scale", "--small", stdout=said)
    counted = (UseCase, Prompt, Team, EvaluationRun, ReviewRequest)
    assert [model.objects.count() for model in counted] == [1000, 100, 20, 60, 200]
    assert User.objects.count() == SMALL.people
    assert Membership.objects.count() >= SMALL.people * SMALL.memberships
    assert SearchDocument.objects.filter(kind="use_case").count() == 1000
    assert "1,000 cases" in said.getvalue()
    with pytest.raises(CommandError, match="already"):
        call_command("seed_scale", "--small", stdout=said)
    case = UseCase.objects.select_related("owner", "sponsor", "business_unit", "prompt_version__prompt").first()
    assert case is not None
    assert case.content_hash == sha256_hex(selectors.revision(case))
    standings = {case.standing for case in selectors.with_standing(UseCase.objects.all())}
    assert {"CLEARED", "IN_REVIEW", "REJECTED", "UNREVIEWED"} <= standings
