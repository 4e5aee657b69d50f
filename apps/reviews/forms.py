"""What people write about reviews: decisions, reasons, conditions, delegations."""

from collections.abc import Iterator, Sequence
from typing import Any

from django import forms
from django.utils import timezone

from apps.accounts.choices import PERSON
from apps.accounts.models import User, UserKind
from apps.core.choosing import ChoiceField
from apps.core.errors import ConflictError, DomainError, StaleError
from apps.core.forms import VerbForm
from apps.reviews import lanes, selectors
from apps.reviews.models import Outcome, ReviewRequest
from apps.reviews.selectors import Seat
from apps.reviews.services import ConditionAsk

# So many conditions fit on the page; the API takes more.
CONDITIONS = (1, 2, 3)
PARTS = ("text", "owner", "due_on", "blocking", "wanted", "verifier")
# What says that somebody wrote a condition down.
_WRITTEN = [f"{part}_{number}" for number in CONDITIONS for part in PARTS if part != "blocking"]
_LONGEST = 4000
_PEOPLE = User.objects.filter(is_active=True, kind=UserKind.PERSON).order_by("display_name")
# A browser reads no other way of writing a day.
_DAY = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})


def _person(label: str, **options: Any) -> ChoiceField:
    return ChoiceField(_PEOPLE, source=PERSON, label=label, empty_label="Choose somebody", **options)


class DecisionFields(forms.Form):
    """One decision, bound to the content hash that was on the reviewer's page; conditions are numbered."""

    lane = forms.ChoiceField(label="Decide in the lane")
    outcome = forms.ChoiceField(choices=Outcome.choices, widget=forms.RadioSelect)
    reason = forms.CharField(
        max_length=_LONGEST, widget=forms.Textarea(attrs={"rows": 4}), help_text="Kept with the decision for good."
    )
    changes = forms.MultipleChoiceField(
        label="Fields that must change", required=False, widget=forms.CheckboxSelectMultiple,
        help_text="Only where you request changes.",
    )  # fmt: skip
    appeal = forms.CharField(
        label="Where a rejection can be questioned", required=False, max_length=_LONGEST,
        initial="Write to the board, which may overturn it.", help_text="Only where you reject.",
    )  # fmt: skip
    seen_hash = forms.CharField(widget=forms.HiddenInput)

    def fit(self, request: ReviewRequest, seats: Sequence[Seat]) -> None:
        """Offer what this request and this person have: lanes, and fields of the revision."""
        self.seats = {_value(seat): seat for seat in seats}
        self.fields["lane"].choices = lanes_to_choose(seats)  # type: ignore[attr-defined]
        names = selectors.changeable(request)
        self.fields["changes"].choices = [(name, name) for name in names]  # type: ignore[attr-defined]
        self.fields["seen_hash"].initial = request.content_hash

    def clean(self) -> dict[str, Any]:
        """What the service takes. Says beside the field what the outcome lacks."""
        values = super().clean() or {}
        asked = list(self._asked(values)) if values.get("outcome") == Outcome.APPROVE_WITH_CONDITIONS else []
        self._check_outcome(values, asked)
        seat = self.seats.get(values.get("lane", ""))
        if self.errors or seat is None:
            return values
        return {
            "lane": seat.lane, "on_behalf_of": seat.on_behalf_of, "outcome": Outcome(values["outcome"]),
            "reason": values["reason"], "content_hash": values["seen_hash"], "fields": values["changes"],
            "conditions": asked, "appeal": values["appeal"],
        }  # fmt: skip

    def _asked(self, values: dict[str, Any]) -> Iterator[ConditionAsk]:
        """The conditions that were written down; a part that one lacks is named beside it."""
        for number in CONDITIONS:
            given = {part: values.get(f"{part}_{number}") for part in PARTS}
            if not any(values.get(name) for name in _WRITTEN if name.endswith(f"_{number}")):
                continue
            lacking = [part for part in ("text", "owner", "due_on", "verifier") if not given[part]]
            for part in lacking:
                if f"{part}_{number}" not in self.errors:
                    self.add_error(f"{part}_{number}", "A condition needs this.")
            if not lacking:
                yield ConditionAsk(**given)  # type: ignore[arg-type]  # cleaned by its fields

    def _check_outcome(self, values: dict[str, Any], asked: list[ConditionAsk]) -> None:
        outcome = values.get("outcome")
        if outcome == Outcome.REQUEST_CHANGES and not values.get("changes"):
            self.add_error("changes", "Name at least one field to change.")
        if outcome == Outcome.REJECT and not (values.get("appeal") or "").strip():
            self.add_error("appeal", "Say where the rejection can be questioned.")
        if outcome == Outcome.APPROVE_WITH_CONDITIONS and not asked and not self.errors:
            self.add_error("text_1", "Add at least one condition, or approve without.")
        if outcome and outcome != Outcome.APPROVE_WITH_CONDITIONS and any(map(values.get, _WRITTEN)):
            self.add_error("outcome", "Choose to approve with conditions, or empty what you wrote of conditions.")


def _condition(number: int) -> dict[str, forms.Field]:
    """The fields of one condition."""
    return {
        f"text_{number}": forms.CharField(
            label=f"Condition {number}: what must be done", required=False, max_length=_LONGEST
        ),
        f"owner_{number}": _person(f"Condition {number}: owed by", required=False),
        f"due_on_{number}": forms.DateField(label=f"Condition {number}: due on", required=False, widget=_DAY),
        f"blocking_{number}": forms.BooleanField(
            label=f"Condition {number}: blocking",
            required=False,
            help_text="Overdue, it takes the approval's effect away.",
        ),
        f"wanted_{number}": forms.CharField(
            label=f"Condition {number}: evidence wanted", required=False, max_length=_LONGEST
        ),
        f"verifier_{number}": _person(
            f"Condition {number}: verified by", required=False, help_text="Not whoever owes it."
        ),
    }


for _number in CONDITIONS:
    DecisionFields.declared_fields |= _condition(_number)


def lanes_to_choose(seats: Sequence[Seat]) -> list[tuple[str, str]]:
    """Seats as a form offers them: what it sends, and in words."""
    return [(_value(seat), _words(seat)) for seat in seats]


def _value(seat: Seat) -> str:
    return f"{seat.lane}:{seat.on_behalf_of.pk}" if seat.on_behalf_of else seat.lane


def _words(seat: Seat) -> str:
    title = lanes.title(seat.lane)
    return f"{title}, on behalf of {seat.on_behalf_of}" if seat.on_behalf_of else title


class DecisionForm(DecisionFields, VerbForm):
    """The decision as the portal's page takes it; one that comes too late keeps what was written."""

    def __init__(self, *args: Any, review: ReviewRequest, seats: Sequence[Seat], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fit(review, seats)
        self.late: DomainError | None = None

    def refuse(self, error: DomainError) -> None:
        """Show a refusal; one that no other input would mend is remembered as such."""
        self.late = error if isinstance(error, (ConflictError, StaleError)) else None
        super().refuse(error)

    @property
    def status(self) -> int:
        """What the service answered where the decision came too late, whatever else is wrong with it."""
        return self.late.status if self.late else super().status

    @property
    def plain(self) -> list[forms.BoundField]:
        """The visible fields that every outcome has."""
        return [self[name] for name in ("lane", "outcome", "reason")]

    @property
    def folded(self) -> list[tuple[str, list[forms.BoundField], bool]]:
        """What one outcome alone takes: when, its fields, and whether there is something to be seen in them."""
        owed = [self[f"{part}_{number}"] for number in CONDITIONS for part in PARTS]
        parts = [
            ("Fields that must change, where you request changes", [self["changes"]]),
            ("Conditions, where you approve with some", owed),
            ("Where it can be questioned, where you reject", [self["appeal"]]),
        ]
        return [(words, fields, any(map(self._is_used, fields))) for words, fields in parts]

    def _is_used(self, field: forms.BoundField) -> bool:
        return self.is_bound and bool(field.errors or field.value() not in (None, "", [], False, field.field.initial))


class ReasonForm(VerbForm):
    """Why somebody steps back, revokes or overturns."""

    reason = forms.CharField(max_length=_LONGEST, widget=forms.Textarea(attrs={"rows": 4}))


class EvidenceForm(VerbForm):
    """What a condition's owner hands in."""

    evidence = forms.CharField(
        label="What was done, and where it is seen", max_length=_LONGEST, widget=forms.Textarea(attrs={"rows": 4})
    )


class VerdictForm(VerbForm):
    """What a condition's verifier makes of it."""

    accepted = forms.TypedChoiceField(
        label="Verdict", choices=[("yes", "Accept"), ("no", "Refuse")], widget=forms.RadioSelect,
        coerce=lambda value: value == "yes",
    )  # fmt: skip
    reason = forms.CharField(
        required=False, max_length=_LONGEST, widget=forms.Textarea(attrs={"rows": 3}),
        help_text="What is still missing, where you refuse.",
    )  # fmt: skip


class DelegationForm(VerbForm):
    """Whom one lets decide in a lane, and for which days."""

    lane = forms.ChoiceField()
    to = _person("Who decides for you")
    starts_on = forms.DateField(label="From", widget=_DAY)
    ends_on = forms.DateField(label="Until, that day included", widget=_DAY)
    reason = forms.CharField(max_length=500, help_text="Both of you will read it.")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        mine = [(key, lane.title) for key, lane in lanes.LANES.items() if lanes.deciding(self.viewer, key)]
        self.fields["lane"].choices = mine  # type: ignore[attr-defined]
        # Nobody stands in for themselves.
        others = self.fields["to"].queryset.exclude(pk=self.viewer.pk)  # type: ignore[attr-defined]
        self.fields["to"].queryset = others  # type: ignore[attr-defined]
        self.fields["starts_on"].initial = timezone.now().date()
