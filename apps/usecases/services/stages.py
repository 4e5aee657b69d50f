"""Deciding the stage of a case where an import could not know it."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from apps.accounts import access
from apps.accounts.models import Role, User
from apps.core.errors import ConflictError, InvalidError, NotAllowedError
from apps.core.text import clean_text
from apps.reviews import selectors as reviews
from apps.usecases import selectors
from apps.usecases.models import Stage, UseCase
from apps.usecases.services import saving

# What operates without a review must be reviewed within this time.
REVIEW_WITHIN = timedelta(days=90)


def check_may_decide_stage(case: UseCase, *, by: User) -> None:
    """Raise NotAllowedError unless `by` is a steward where the case belongs; programs are none."""
    if not by.is_person:
        raise NotAllowedError("Programs do not decide the stage of a case; a steward does.")
    access.require_on(by, case, Role.STEWARD, to="decide the stage of this case")


def check_stage_is_asked(case: UseCase, *, by: User) -> None:
    """Raise NotAllowedError as above, ConflictError unless an import left the stage open and nobody asked a review."""
    check_may_decide_stage(case, by=by)
    if not selectors.questions(case).exists():
        raise ConflictError("No import asks for the stage of this case. Its gates move it on.")
    if reviews.about(case.subject, viewer=by).exists():
        raise ConflictError("A review was asked for since it was imported, so only its gates move this case on.")


@transaction.atomic
def decide_stage(*, use_case: UseCase, stage: str, reason: str, by: User) -> UseCase:
    """Say at which stage an imported case is whose source named none; its questions are answered with that.

    What operates must be reviewed within 90 days, as where the source had said so. Raises NotAllowedError,
    ConflictError where nothing is asked or a review was asked for, InvalidError with fields.
    """
    case = UseCase.objects.select_for_update(no_key=True).get(pk=use_case.pk)
    check_stage_is_asked(case, by=by)
    asked, reason = selectors.questions(case), clean_text(reason).strip()
    if wrong := _wrong(stage, reason):
        raise InvalidError("Some values are missing or wrong; see errors.", fields=wrong)
    asked.update(resolved_at=timezone.now())
    moved = case.stage != stage
    case.stage = Stage(stage)
    case.review_due_on = timezone.now().date() + REVIEW_WITHIN if case.stage == Stage.DEPLOY else None
    if moved:
        saving.enter_stage(case)
    return saving.saved(
        case, action="use_case.stage_decided", what=f"in stage {case.get_stage_display()} by decision", by=by,
        is_edit=False, stage=stage, reason=reason,
    )  # fmt: skip


def _wrong(stage: str, reason: str) -> dict[str, list[str]]:
    wrong = {} if stage in Stage.values else {"stage": [f"Choose {' or '.join(Stage.values)}."]}
    return wrong if reason else {**wrong, "reason": ["Say how you know; it is kept."]}
