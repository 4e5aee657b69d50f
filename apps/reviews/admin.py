"""The review desk: reviewers decide here, with the frozen revision and its evidence before them."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Exists, Min, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString

from apps.accounts import access
from apps.accounts import services as accounts
from apps.accounts.models import User
from apps.audit.admin import AuditedAdmin
from apps.core.diff import FieldDiff
from apps.core.errors import DomainError, NotAllowedError
from apps.reviews import lanes, selectors, services
from apps.reviews.forms import CONDITIONS, PARTS, DecisionFields, lanes_to_choose
from apps.reviews.lanes import LANES
from apps.reviews.models import Decision, Delegation, LaneHead, LaneStep, Outcome, ReviewRequest
from apps.reviews.selectors import Differences, Seat
from apps.reviews.views.reviews import clock

_CONDITION_FIELDS = [[f"{part}_{number}" for part in PARTS] for number in CONDITIONS]


class DecisionForm(DecisionFields, forms.ModelForm[ReviewRequest]):
    """One decision, bound to the content hash that was on the reviewer's page."""

    class Meta:
        model = ReviewRequest
        fields = ()

    # What the service, or the clock, refused about exactly what the form holds; set by the desk for one page.
    refusal: DomainError | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        viewer: User = self.instance.viewer  # type: ignore[assignment]  # staff
        seats = selectors.seats(viewer, self.instance)
        sent = selectors.named_seat(viewer, self.data.get("lane", ""))
        # What was refused still shows the lane that was sent.
        late = bool(self.refusal) and sent not in seats and sent.lane in self.instance.lanes
        self.fit(self.instance, [*seats, sent] if late else seats)

    def clean(self) -> dict[str, Any]:
        """What the service takes; what it refused is said beside the field that it names, else above the form."""
        values = super().clean()
        if self.refusal:
            self._say(self.refusal)
        return values

    def _say(self, refusal: DomainError) -> None:
        if not refusal.fields:
            self.add_error(None, f"Nothing was decided. {refusal.message}")
        for name, said in refusal.fields.items():
            self.add_error(name if name in self.fields else None, said)


def _refuse(request: HttpRequest, refusal: DomainError) -> None:
    """Remember what was refused until the page is made."""
    request.refusal = refusal  # type: ignore[attr-defined]  # ours


def _refused(request: HttpRequest) -> DomainError | None:
    return getattr(request, "refusal", None)


class WaitsInLane(admin.SimpleListFilter):
    """The queue of one lane: what waits for a decision there."""

    title, parameter_name = "lane that must decide", "waits"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Every lane."""
        return [(key, lane.title) for key, lane in LANES.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """The requests with an open step in the lane."""
        if not self.value():
            return queryset
        return queryset.filter(Exists(selectors.open_steps().filter(request=OuterRef("pk"), lane=self.value())))


def _rows(pairs: Any) -> SafeString:
    body = format_html_join("", "<tr><th scope='row'>{}</th><td>{}</td></tr>", pairs)
    return format_html("<table class='frozen'>{}</table>", body)


def _claim(claim: dict[str, Any]) -> SafeString:
    """What a claim says, with a link to where it comes from."""
    source = reverse("go", args=claim["source"].split(":", 1))
    until = claim["valid_until"][:10]
    return format_html("{}. Valid until {}. <a href='{}'>See the source</a>", claim["summary"], until, source)


def _said(decision: Decision) -> str:
    """Who decided what, for whom, and why."""
    behalf = f" on behalf of {decision.on_behalf_of}" if decision.on_behalf_of else ""
    named = f" Fields: {', '.join(decision.fields)}." if decision.fields else ""
    return f"{decision.get_outcome_display()} by {decision.actor}{behalf}: {decision.reason}{named}"


def _step_said(step: LaneStep) -> SafeString:
    """What a lane decided, or how its clock stands."""
    if step.carried:
        older = reverse("reviews:detail", args=[step.carried.request_id])
        words = "Carried over, since nothing it watches changed since <a href='{}'>{}</a>. {}"
        return format_html(words, older, f"{step.carried.created_at:%d %b %Y}", _said(step.carried))
    if step.decision:
        return format_html("{}", _said(step.decision))
    return format_html("{}", clock(step)) if step.is_open else SafeString("Not decided.")


def _difference(found: Differences) -> SafeString:
    """The fields that changed since a lane's decision, with both texts; those that it watches are marked."""
    rows = (
        (f"{field.name} (watched)" if field.name in found.watched else field.name, _sides(field))
        for field in found.fields
    )
    return _rows(rows)


def _sides(field: FieldDiff) -> SafeString:
    old = "\n".join("".join(part.text for part in row.old.parts) for row in field.rows if row.old)
    new = "\n".join("".join(part.text for part in row.new.parts) for row in field.rows if row.new)
    return format_html("<del>{}</del> <ins>{}</ins>", old, new)


def _lanes_asked(request: access.Request, row: ReviewRequest) -> tuple[list[tuple[str, str]], str]:
    """The lanes to choose from on the page that confirms, none where there is no choice, and the one chosen before.

    That is the lane by which the list was narrowed, where the person has it once.
    """
    choices = lanes_to_choose(selectors.seats(request.user, row))
    narrowed = request.GET.get(WaitsInLane.parameter_name, "")
    return (choices, narrowed if narrowed in dict(choices) else "") if len(choices) > 1 else ([], "")


@admin.register(ReviewRequest)
class ReviewDesk(admin.ModelAdmin[ReviewRequest]):
    """Lists what waits, the most urgent first, and takes decisions through the same guarded service as every door."""

    form = DecisionForm
    list_display = ("title", "gate", "state", "waiting_lanes", "requested_by", "created_at")
    list_filter = (WaitsInLane, "state", "gate")
    search_fields = ("title",)
    actions = ("approve_selected",)
    facts = (
        "subject_link", "gate", "state", "asked_by", "trigger", "content_hash", "frozen_revision", "changed_since",
        "shown_evidence", "decisions_so_far",
    )  # fmt: skip
    readonly_fields = facts

    def get_fieldsets(self, request: HttpRequest, obj: ReviewRequest | None = None) -> Any:
        """What is reviewed first; then the decision, or why this person has none to make."""
        why = self._bar(request, obj) if obj is not None else ""
        shown = ((None, {"fields": self.facts}),)
        if why:
            # Django shows a description unescaped, and this one may quote people.
            return (*shown, ("Your decision", {"fields": (), "description": escape(why)}))
        fields = ("lane", "outcome", "reason", "changes", "appeal", "seen_hash")
        owed = [
            (f"Condition {number}", {"fields": parts, "classes": ("collapse",)})
            for number, parts in zip(CONDITIONS, _CONDITION_FIELDS, strict=True)
        ]
        return (*shown, ("Your decision", {"fields": fields}), *owed)

    def _bar(self, request: HttpRequest, obj: ReviewRequest) -> str:
        # What was refused is shown with its form, whoever may decide now.
        return "" if _refused(request) else selectors.why_not(request.user, obj)  # type: ignore[arg-type]  # staff are Users

    @admin.display(description="Waits for", ordering="due")
    def waiting_lanes(self, obj: ReviewRequest) -> SafeString:
        """The lanes without a decision, each with its clock in colour."""
        waiting = [step for step in obj.ordered_steps if step.is_open]
        return format_html_join(" ", "<span>{} {}</span>", ((lanes.title(s.lane), clock(s)) for s in waiting))

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

    @admin.display(description="Changed since the lane's last decision")
    def changed_since(self, obj: ReviewRequest) -> SafeString | str:
        """Lane by lane, what changed since it last decided on the same thing."""
        found = selectors.since_last(obj, viewer=obj.viewer)
        return (
            _rows((lanes.title(lane), _difference(each)) for lane, each in found.items()) if found else "First review."
        )

    @admin.display(description="Evidence")
    def shown_evidence(self, obj: ReviewRequest) -> SafeString | str:
        """The claims that were valid for exactly this content on submission."""
        if not obj.evidence:
            return "This gate asks for none."
        return _rows((f"{claim['name']}: {claim['verdict']}", _claim(claim)) for claim in obj.evidence)

    @admin.display(description="Lanes")
    def decisions_so_far(self, obj: ReviewRequest) -> SafeString:
        """What each lane decided, or how its clock stands; and what the board overturned."""
        board = [("Board", _said(row)) for row in obj.decisions.all() if row.overturns_id]
        return _rows([*((lanes.title(step.lane), _step_said(step)) for step in obj.ordered_steps), *board])

    @admin.action(description="Approve in my lane")
    def approve_selected(self, request: access.Request, queryset: QuerySet[ReviewRequest]) -> HttpResponse | None:
        """Ask for one reason, then decide on each by the same guarded service, and say of each what came of it.

        Whoever has more than one lane in a request says in which; without a word nothing is decided there.
        """
        rows = list(queryset)
        if "reason" not in request.POST:
            asked = [(row, *_lanes_asked(request, row)) for row in rows]
            context = {**self.admin_site.each_context(request), "title": "Approve in my lane", "rows": asked}
            return TemplateResponse(request, "admin/reviews/approve_selected.html", context)
        for row in rows:
            self._approve(request, row)
        return None

    def _approve(self, request: access.Request, row: ReviewRequest) -> None:
        seats, seen = selectors.seats(request.user, row), request.POST.get(f"seen-{row.pk}", "")
        sent = request.POST.get(f"lane-{row.pk}", "")
        if len(seats) > 1 and not sent:
            messages.error(request, f"{row}: not approved. You have more than one lane in it; say in which you decide.")
            return
        # Without a seat, the service says why.
        none = Seat((row.undecided or row.lanes)[0], None)
        lane, behalf = selectors.named_seat(request.user, sent) if sent else next(iter(seats), none)
        try:
            services.decide(
                request_id=row.pk, lane=lane, outcome=Outcome.APPROVE, reason=request.POST["reason"],
                content_hash=seen, by=request.user, on_behalf_of=behalf,
            )  # fmt: skip
            messages.success(request, f"{row}: approved in the lane {lanes.title(lane)}.")
        except DomainError as refusal:
            said = " ".join(words for found in refusal.fields.values() for words in found)
            messages.error(request, f"{row}: not approved. {refusal.message} {said}".strip())

    def get_form(
        self, request: HttpRequest, obj: ReviewRequest | None = None, change: bool = False, **kwargs: Any
    ) -> Any:
        """The form of one page, which knows what was refused about it."""
        made: Any = super().get_form(request, obj, change, **kwargs)
        made.refusal = _refused(request)
        return made

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> Any:
        """The page is titled by what is done on it. A decision that comes too late finds its form again, to copy from.

        Whoever may not decide anyway is answered with the reason.
        """
        asked = self.get_object(request, object_id or "") if self.has_view_permission(request) else None
        if asked and request.method != "POST":
            accounts.note_view_about(asked.subject, by=request.user)  # type: ignore[arg-type]  # staff are Users
        why = selectors.why_not(request.user, asked) if asked and request.method == "POST" else ""  # type: ignore[arg-type]  # staff are Users
        if asked and why and not _refused(request):
            refusal = self._come_too_late(request, asked, why)  # type: ignore[arg-type]  # staff are Users
            if isinstance(refusal, NotAllowedError):
                return self._turn_away(request, refusal)
            _refuse(request, refusal)
        context = {"title": "Review", "show_save": not why, **(extra_context or {})}
        return super().changeform_view(request, object_id, form_url, context)

    def _come_too_late(self, request: access.Request, asked: ReviewRequest, why: str) -> DomainError:
        """What stands against a decision of somebody who has none to make, recorded where it comes too late."""
        seat = selectors.named_seat(request.user, request.POST.get("lane", ""))
        try:
            services.refuse_late(request_id=asked.pk, by=request.user, **seat._asdict())
        except DomainError as refusal:
            return refusal
        return NotAllowedError(why)

    def _turn_away(self, request: HttpRequest, refusal: DomainError) -> HttpResponse:
        written = request.POST.get("reason", "").strip()
        lost = f" Your reason was not kept; you wrote: “{written[:2000]}”" if written else ""
        messages.error(request, f"Nothing was decided. {refusal.message}{lost}")
        return HttpResponseRedirect(request.path)

    def save_model(self, request: HttpRequest, obj: ReviewRequest, form: Any, change: bool) -> None:
        """Decide through the service; what it voided by refusing stays voided."""
        try:
            services.decide(request_id=obj.pk, by=request.user, **form.cleaned_data)  # type: ignore[arg-type]  # staff
            messages.success(request, "Your decision is recorded.")
        except DomainError as refusal:
            _refuse(request, refusal)

    def response_change(self, request: HttpRequest, obj: ReviewRequest) -> Any:
        """Back to the same request, which now shows the decision; what was refused finds its form again, as it was."""
        return self.changeform_view(request, str(obj.pk)) if _refused(request) else HttpResponseRedirect(request.path)

    def log_change(self, request: HttpRequest, obj: ReviewRequest, message: Any) -> Any:
        """The service has already written the audit event."""

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> ReviewRequest | None:
        """The request, which knows who looks at it."""
        found = super().get_object(request, object_id, from_field)
        if found is not None:
            found.viewer = request.user
        return found

    def get_queryset(self, request: HttpRequest) -> QuerySet[ReviewRequest]:
        """What the viewer may see, the most urgent first and what is closed last."""
        open_steps = selectors.open_steps().order_by().filter(request=OuterRef("pk")).values("request")
        due = open_steps.annotate(due=Min("due_at")).values("due")
        return selectors.requests(viewer=request.user).annotate(due=due).order_by("due", "created_at")

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


@admin.register(LaneHead)
class LaneHeadAdmin(AuditedAdmin):
    """Who heads each lane; administrators of everything name them."""

    list_display = ("lane", "person")
    autocomplete_fields = ("person",)
    list_select_related = ("person",)

    def get_readonly_fields(self, request: HttpRequest, obj: LaneHead | None = None) -> tuple[str, ...]:
        """The head changes, the lane does not."""
        return ("lane",) if obj else ()

    def save_model(self, request: access.Request, obj: LaneHead, form: Any, change: bool) -> None:  # type: ignore[override]  # signed in
        """Name the head."""
        obj.pk = services.set_lane_head(lane=obj.lane, person=obj.person, by=request.user).pk

    def delete_model(self, request: access.Request, obj: LaneHead) -> None:  # type: ignore[override]  # signed in
        """Leave the lane without a head."""
        services.remove_lane_head(lane=obj.lane, by=request.user)


@admin.register(Delegation)
class DelegationAdmin(AuditedAdmin):
    """Who stands in for whom, for reading; people delegate on their own page."""

    list_display = ("lane", "delegator", "delegate", "starts_on", "ends_on", "ended_at")
    list_filter = ("lane",)
    list_select_related = ("delegator", "delegate")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """On the delegator's own page."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Delegation | None = None) -> bool:
        """It is ended and given anew."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Delegation | None = None) -> bool:
        """It is ended."""
        return False
