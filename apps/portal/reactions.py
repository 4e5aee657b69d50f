"""What happens elsewhere when something has happened: event → verbs, and nothing more."""

from collections.abc import Callable

from apps.portal import notices
from apps.search import services as search
from apps.usecases import services as usecases

REACTIONS: dict[str, tuple[Callable[..., object], ...]] = {
    "content.changed": (search.index, usecases.reopen_changed),
    "review.requested": (notices.review_requested,),
    "review.decided": (notices.review_decided,),
    "review.voided": (notices.review_voided,),
    "review.carried": (notices.review_carried,),
    "review.reminded": (notices.review_reminded,),
    "review.escalated": (notices.review_escalated,),
    "review.revoked": (notices.review_revoked,),
    "review.overturned": (notices.review_overturned,),
    "review.condition": (notices.review_condition,),
    "review.condition_due": (notices.review_condition_due,),
    "review.glass_broken": (notices.review_glass_broken,),
    "review.delegated": (notices.review_delegated,),
    "run.finished": (notices.run_finished,),
    "job.failed": (notices.job_failed,),
    "comment.added": (notices.comment_added,),
    "comment.edited": (notices.comment_edited,),
    "use_case.changed": (notices.use_case_changed,),
    "use_case.review_due": (notices.use_case_review_due,),
    "use_case.join_asked": (notices.use_case_join_asked,),
    "webhook.disabled": (notices.webhook_disabled,),
    "token.expiring": (notices.token_expiring,),
    "break_glass.used": (notices.break_glass_used,),
    "user.deactivated": (notices.user_deactivated,),
}
