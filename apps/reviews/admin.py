"""The review desk: reviewers decide here, with the frozen revision and its evidence before them."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString

from apps.accounts import services as accounts
from apps.core.errors import DomainError
from apps.reviews import rules, selectors, services
from apps.reviews.lanes import LANES
from apps.reviews.models import Outcome, ReviewRequest


class DecisionForm(forms.ModelForm[ReviewRequest]):
    """One decision, bound to the content hash that was on the reviewer's page."""

    lane = forms.ChoiceField()
    outcome = forms.ChoiceField(choices=Outcome.choices, widget=forms.RadioSelect)
    reason = forms.CharField(widget=forms.Textarea(attrs={"rows": 4}), help_text="Kept with the decision for good.")
    seen_hash = forms.CharField(widget=forms.HiddenInput)

    class Meta:
        model = ReviewRequest
        fields = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["seen_hash"].initial = self.instance.content_hash
        lanes = [(key, LANES[key].title) for key in self.instance.lanes]
        self.fields["lane"] = forms.ChoiceField(choices=lanes)


def _rows(pairs: Any) -> SafeString:
    body = format_html_join("", "<tr><th scope='row'>{}</th><td>{}</td></tr>", pairs)
    return format_html("<table class='frozen'>{}</table>", body)


def _claim(claim: dict[str, Any]) -> SafeString:
    """What a claim says, with a link to where it comes from."""
    source = reverse("go", args=claim["source"].split(":", 1))
    until = claim["valid_until"][:10]
    return format_html("{}. Valid until {}. <a href='{}'>See the source</a>", claim["summary"], until, source)


@admin.register(ReviewRequest)
class ReviewDesk(admin.ModelAdmin[ReviewRequest]):
    """Lists what waits, oldest first, and takes decisions through the same guarded service as every other door."""

    form = DecisionForm
    list_display = ("title", "gate", "state", "requested_by", "created_at")
    list_filter = ("state", "gate")
    search_fields = ("title",)
    ordering = ("created_at",)
    list_select_related = ("requested_by",)
    actions = None
    facts = (
        "subject_link", "gate", "state", "asked_by", "content_hash", "frozen_revision", "shown_evidence",
        "decisions_so_far",
    )  # fmt: skip
    readonly_fields = facts

    def get_fieldsets(self, request: HttpRequest, obj: ReviewRequest | None = None) -> Any:
        """What is reviewed first; then the decision, or why this person has none to make."""
        why = self._bar(request, obj) if obj is not None else ""
        fields = () if why else ("lane", "outcome", "reason", "seen_hash")
        # Django shows a description unescaped, and this one may quote people.
        return ((None, {"fields": self.facts}), ("Your decision", {"fields": fields, "description": escape(why)}))

    def _bar(self, request: HttpRequest, obj: ReviewRequest) -> str:
        if not obj.is_open:
            return f"This request is {obj.get_state_display().lower()}. {obj.closed_reason}"
        decided = obj.decisions.all()
        open_lanes = set(obj.lanes) - {decision.lane for decision in decided}
        bars = [
            rules.bar_to_deciding(
                person=request.user.pk, holds_role=selectors.may_decide(request.user, obj, lane),
                requested_by=obj.requested_by_id,
                barred=obj.barred, decided_by=[decision.actor_id for decision in decided],
            )
            for lane in sorted(open_lanes)
        ]  # fmt: skip
        return "" if "" in bars else next(iter(bars), "Every lane has decided.")

    @admin.display(description="Subject")
    def subject_link(self, obj: ReviewRequest) -> SafeString:
        """A link to the live thing."""
        return format_html("<a href='{}'>{}</a>", selectors.subject_url(obj, viewer=obj.viewer), obj.title)

    @admin.display(description="Asked by")
    def asked_by(self, obj: ReviewRequest) -> str:
        """Who asked, and when."""
        return f"{obj.requested_by}, {obj.created_at:%d %b %Y, %H:%M} UTC"

    @admin.display(description="Frozen revision")
    def frozen_revision(self, obj: ReviewRequest) -> SafeString:
        """The content exactly as submitted, without what it names and the viewer may not see."""
        revision = selectors.revision(obj, viewer=obj.viewer)
        return _rows((entry["field"], "—" if entry["value"] is None else entry["value"]) for entry in revision)

    @admin.display(description="Evidence")
    def shown_evidence(self, obj: ReviewRequest) -> SafeString | str:
        """The claims that were valid for exactly this content on submission."""
        if not obj.evidence:
            return "This gate asks for none."
        return _rows((f"{claim['name']}: {claim['verdict']}", _claim(claim)) for claim in obj.evidence)

    @admin.display(description="Decisions so far")
    def decisions_so_far(self, obj: ReviewRequest) -> SafeString | str:
        """Who decided what, and why."""
        rows = [(d.lane, f"{d.get_outcome_display()} by {d.actor}: {d.reason}") for d in obj.decisions.all()]
        return _rows(rows) if rows else "None yet."

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> Any:
        """The page is titled by what is done on it. A decision that comes too late is answered with the reason."""
        asked = self.get_object(request, object_id or "") if self.has_view_permission(request) else None
        if asked and request.method != "POST":
            accounts.note_view_about(asked.subject, by=request.user)  # type: ignore[arg-type]  # staff are Users
        why = self._bar(request, asked) if asked and request.method == "POST" else ""
        if why:
            return self._refuse(request, why)
        return super().changeform_view(request, object_id, form_url, {"title": "Review", **(extra_context or {})})

    def _refuse(self, request: HttpRequest, why: str) -> HttpResponse:
        written = request.POST.get("reason", "").strip()
        lost = f" Your reason was not kept; you wrote: “{written[:2000]}”" if written else ""
        messages.error(request, f"Nothing was decided. {why}{lost}")
        return HttpResponseRedirect(request.path)

    def save_model(self, request: HttpRequest, obj: ReviewRequest, form: Any, change: bool) -> None:
        """Decide through the service; a refusal becomes a message, and what it voided stays voided."""
        data = form.cleaned_data
        try:
            services.decide(
                request_id=obj.pk, lane=data["lane"], outcome=Outcome(data["outcome"]), reason=data["reason"],
                content_hash=data["seen_hash"], by=request.user,  # type: ignore[arg-type]  # staff are Users
            )  # fmt: skip
            messages.success(request, "Your decision is recorded.")
        except DomainError as refusal:
            messages.error(request, refusal.message)

    def response_change(self, request: HttpRequest, obj: ReviewRequest) -> HttpResponse:
        """Back to the same request, which now shows the decision."""
        return HttpResponseRedirect(request.path)

    def log_change(self, request: HttpRequest, obj: ReviewRequest, message: Any) -> Any:
        """The service has already written the audit event."""

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> ReviewRequest | None:
        """The request, which knows who looks at it."""
        found = super().get_object(request, object_id, from_field)
        if found is not None:
            found.viewer = request.user
        return found

    def get_queryset(self, request: HttpRequest) -> QuerySet[ReviewRequest]:
        """What the viewer may see."""
        return selectors.requests(viewer=request.user).order_by("created_at")

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Reviewers, whatever their Django permissions."""
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: ReviewRequest | None = None) -> bool:
        """People with at least one lane."""
        return bool(selectors.lanes_of(request.user))

    def has_change_permission(self, request: HttpRequest, obj: ReviewRequest | None = None) -> bool:
        """Deciding is the only change; the service guards it."""
        return obj is None or (self.has_view_permission(request) and not self._bar(request, obj))

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Requests are opened by submitting what is to be reviewed."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: ReviewRequest | None = None) -> bool:
        """A request is never deleted."""
        return False
