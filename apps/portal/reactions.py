"""What happens elsewhere when something has happened: event → verbs, and nothing more."""

from collections.abc import Callable

from apps.portal import notices
from apps.search import services as search

REACTIONS: dict[str, tuple[Callable[..., object], ...]] = {
    "content.changed": (search.index,),
    "review.requested": (notices.review_requested,),
    "review.decided": (notices.review_decided,),
    "review.voided": (notices.review_voided,),
    "run.finished": (notices.run_finished,),
    "job.failed": (notices.job_failed,),
    "comment.added": (notices.comment_added,),
    "comment.edited": (notices.comment_edited,),
    "use_case.changed": (notices.use_case_changed,),
    "webhook.disabled": (notices.webhook_disabled,),
    "token.expiring": (notices.token_expiring,),
    "break_glass.used": (notices.break_glass_used,),
    "user.deactivated": (notices.user_deactivated,),
}
