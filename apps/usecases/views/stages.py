"""Deciding the stage of a case where an import could not know it."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect

from apps.accounts import services as accounts
from apps.accounts.access import Request
from apps.core.http import respond
from apps.usecases import selectors, services
from apps.usecases.forms import StageForm
from apps.usecases.views.frame import case_url, crumbs


def decide_stage(request: Request, ref: str) -> HttpResponse:
    """The form that says at which stage an imported case is; POST says it."""
    case = selectors.use_case(ref, viewer=request.user)
    form = StageForm(request.POST if request.method == "POST" else None, viewer=request.user)
    if form.is_bound and (done := form.carry_out(services.decide_stage, use_case=case, by=request.user)):
        messages.success(request, f"The case is in the stage {done.get_stage_display()} from now on.")
        return redirect(case_url(case))
    if not form.is_bound:
        services.check_stage_is_asked(case, by=request.user)
    accounts.note_view(case, kind=case.subject.kind, by=request.user)
    context = {
        "title": "Decide the stage", "form": form, "submit": "Decide the stage", "cancel": case_url(case),
        "crumbs": crumbs(case), "lede": "The source of the import did not say it. A steward decides, until a review is "
        "asked for; what is deployed must then be reviewed within 90 days.",
    }  # fmt: skip
    return respond(request, "components/form_page.html", context, status=form.status)
