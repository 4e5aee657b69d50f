"""What an import could not know stands on the page of the case until a person has decided it."""

import pytest
from django.template.loader import render_to_string

from apps.usecases.models import ImportIssue
from tests.factories import cases


@pytest.mark.django_db
def test_the_panel_says_what_is_asked_and_what_the_inventory_held() -> None:
    case = cases.case()
    for column, value in (("Stage of Development", "<Unclear>"), ("Bureau", "")):
        ImportIssue.objects.create(use_case=case, source="inventory", column=column, value=value, message="Which?")
    page = render_to_string("usecases/questions.html", {"questions": case.import_issues.all()})
    assert "Stage of Development: “&lt;Unclear&gt;”" in page
    assert "Bureau: empty" in page
    assert '<span class="count">2</span>' in page
