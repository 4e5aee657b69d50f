"""Writing datasets, planning runs, storing results under the lease, and ending a run with its evidence."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from apps.accounts import access
from apps.accounts import services as accounts
from apps.accounts.models import Audience, Role, Team, TeamOwned, User
from apps.audit import services as audit
from apps.catalog.models import Endpoint
from apps.compute import services as compute
from apps.compute.models import Attempt, Job, JobState
from apps.core.errors import ConflictError, InvalidError, NotAllowedError
from apps.core.hashing import canonical_bytes, sha256_hex
from apps.core.refs import Ref
from apps.core.text import clean_text, clean_value
from apps.evaluations import rules, selectors
from apps.evaluations.models import JOB_KIND, Dataset, DatasetItem, DatasetVersion, EvaluationRun, SampleResult, Score
from apps.evaluations.scorers import SCORERS
from apps.evidence import services as evidence
from apps.evidence.models import Verdict
from apps.outbox import services as outbox
from apps.prompts import rules as prompt_rules
from apps.prompts.models import PromptVersion
from apps.usecases import rules as usecase_rules
from apps.usecases import services as usecases
from apps.usecases.models import UseCase

RUNNERS = (Role.AI_ENGINEER, Role.ARCHITECT, Role.BUSINESS_OWNER)
QUEUE = "gpu"
LONGEST_ITEM = 500_000
EVIDENCE_HOLDS = timedelta(days=180)


@dataclass(frozen=True)
class Item:
    """One dataset item before it is stored."""

    input: dict[str, Any]
    expected: str


@dataclass(frozen=True)
class Answer:
    """What came back for one sample: `output`, or `error` when no answer could be had. Times in milliseconds."""

    index: int
    expected: str
    output: str = ""
    error: str = ""
    latency_ms: int | None = None
    first_token_ms: int | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None


@transaction.atomic
def add_dataset_version(
    *,
    slug: str,
    name: str,
    description: str,
    items: Iterable[Item],
    source: str,
    by: User,
    team: Team | None = None,
    audience: str = Audience.ORGANISATION,
) -> DatasetVersion:
    """A new version of the dataset `slug`, which is created when missing; the same items again change nothing.

    A dataset that exists keeps its team and audience.

    Raises NotAllowedError, InvalidError on an empty list or on items whose inputs have different names.
    """
    access.require(by, *RUNNERS, to="add datasets")
    rows = [Item(_clean_input(item.input), clean_text(item.expected)) for item in items]
    _check_items(rows)
    accounts.check_owner(team=team, audience=audience, by=by)
    first = {"name": name, "description": description, "team": team, "audience": audience}
    dataset, new = Dataset.objects.get_or_create(slug=slug, defaults=first)
    if not new:
        _check_known(dataset, by)
    Dataset.objects.select_for_update(no_key=True).get(pk=dataset.pk)
    last = dataset.versions.order_by("-number").first()
    content_hash = sha256_hex([[row.input, row.expected] for row in rows])
    if last and last.content_hash == content_hash:
        return last
    version = DatasetVersion.objects.create(
        dataset=dataset, number=last.number + 1 if last else 1, item_count=len(rows), content_hash=content_hash,
        source=source, created_by=by,
    )  # fmt: skip
    stored = [DatasetItem(version=version, index=i, input=r.input, expected=r.expected) for i, r in enumerate(rows)]
    DatasetItem.objects.bulk_create(stored, batch_size=1000)
    subject = Ref("dataset", str(dataset.pk))
    audit.record(action="dataset.version_added", subject=subject, by=by, number=version.number, hash=content_hash)
    outbox.publish("content.changed", kind=subject.kind, id=subject.id)
    return version


def _check_known(dataset: Dataset, by: User) -> None:
    """Raise ConflictError for a name that is taken out of sight, NotAllowedError for another team's dataset."""
    if not Dataset.objects.visible_to(by).filter(pk=dataset.pk).exists():
        raise ConflictError(f"The name {dataset.slug} is taken.", fields={"slug": ["Taken. Choose another."]})
    access.require_on(by, dataset, *RUNNERS, to="add versions of this dataset")


def _clean_input(value: dict[str, Any]) -> dict[str, Any]:
    return {clean_text(name): clean_value(entry) for name, entry in value.items()}


def _check_items(rows: Sequence[Item]) -> None:
    if not rows:
        raise InvalidError("The dataset holds no items.", fields={"file": ["Add at least one item."]})
    names = rows[0].input.keys()
    long = [str(number) for number, row in enumerate(rows, start=1) if len(canonical_bytes(row.input)) > LONGEST_ITEM]
    if long:
        raise InvalidError(f"An item holds at most {LONGEST_ITEM:,} bytes; see items {', '.join(long[:5])}.")
    odd = [str(number) for number, row in enumerate(rows, start=1) if row.input.keys() != names]
    if odd:
        where = ", ".join(odd[:5]) + (" …" if len(odd) > 5 else "")
        raise InvalidError(f"All items must have the inputs {', '.join(sorted(names))}; see items {where}.")


@transaction.atomic
def start_run(
    *,
    prompt_version: PromptVersion,
    endpoint: Endpoint,
    dataset_version: DatasetVersion,
    scorers: Sequence[str],
    gate_scorer: str,
    threshold: Decimal,
    use_case: UseCase | None = None,
    by: User,
) -> EvaluationRun:
    """Freeze the plan and queue the run on the GPU queue.

    Raises NotAllowedError, InvalidError with fields when scorers, threshold or the prompt's places do not fit.
    """
    access.require(by, *RUNNERS, to="start evaluations")
    if use_case:
        # Its outcome can open or shut the case's gate.
        usecases.check_may_edit(use_case, by=by)
    run = EvaluationRun(
        use_case=use_case, prompt_version=prompt_version, endpoint=endpoint, dataset_version=dataset_version,
        scorers=list(dict.fromkeys(scorers)), gate_scorer=gate_scorer, threshold=threshold,
        planned=dataset_version.item_count, created_by=by,
    )  # fmt: skip
    _check_plan(run)
    run.plan = selectors.plan(run)
    run.plan_hash = sha256_hex(run.plan)
    run.configuration_hash = usecase_rules.configuration_hash(prompt_version.content_hash, endpoint.content_hash)
    run.job = compute.enqueue(kind=JOB_KIND, subject_id=str(run.pk), queue=QUEUE, by=by)
    run.save(force_insert=True)
    audit.record(action="evaluation.planned", subject=_ref(run), by=by, plan=run.plan, plan_hash=run.plan_hash)
    return run


def _check_plan(run: EvaluationRun) -> None:
    problems: dict[str, list[str]] = {}
    if not run.scorers or not set(run.scorers) <= SCORERS.keys():
        problems["scorers"] = [f"Choose among {', '.join(SCORERS)}."]
    if run.gate_scorer not in run.scorers:
        problems["gate_scorer"] = ["Choose one of the chosen scorers."]
    if not 0 < run.threshold <= 1:
        problems["threshold"] = ["Give a share above 0 and up to 1."]
    if lacking := _unfilled(run):
        problems["prompt_version"] = [f"The dataset has no values for the prompt's {', '.join(lacking)}."]
    if problems:
        raise InvalidError("The run was not started.", fields=problems)


def _unfilled(run: EvaluationRun) -> list[str]:
    first = run.dataset_version.items.first()
    wanted = prompt_rules.variables(run.prompt_version.system) | prompt_rules.variables(run.prompt_version.user)
    return sorted(wanted - (first.input.keys() if first else set()))


@transaction.atomic
def cancel_run(*, run: EvaluationRun, by: User) -> Job:
    """Ask for the run to stop. Raises NotAllowedError, and ConflictError when it has ended."""
    if not may_cancel(run, by=by):
        raise NotAllowedError("Only the person who started a run, or an administrator, may cancel it.")
    return compute.cancel(job_id=run.job_id, by=by)


def may_cancel(run: EvaluationRun, *, by: User) -> bool:
    """Whether `by` may stop the run: who started it, and administrators."""
    return run.created_by_id == by.pk or access.may_on(by, _place(run), Role.ADMINISTRATOR)


def _place(run: EvaluationRun) -> TeamOwned:
    """What says where the run belongs: its case, or else its dataset."""
    return run.use_case or run.dataset_version.dataset


@transaction.atomic
def store_answers(*, run: EvaluationRun, attempt: Attempt, answers: Sequence[Answer]) -> None:
    """Score and store a batch, one row a sample, behind the attempt's fence.

    Raises LeaseLostError, storing nothing, when another attempt holds the run.
    """
    compute.renew(attempt, stored=len(answers))
    rows = [_result(run, attempt, answer) for answer in answers]
    results = SampleResult.objects.bulk_create(rows)
    Score.objects.bulk_create(
        score for result, answer in zip(results, answers, strict=True) for score in _scores(run, result, answer)
    )


def _result(run: EvaluationRun, attempt: Attempt, answer: Answer) -> SampleResult:
    return SampleResult(
        run=run, index=answer.index, output=clean_text(answer.output), error=clean_text(answer.error)[:500],
        latency_ms=answer.latency_ms, first_token_ms=answer.first_token_ms, input_tokens=answer.input_tokens,
        output_tokens=answer.output_tokens, attempt_number=attempt.number,
    )  # fmt: skip


def _scores(run: EvaluationRun, result: SampleResult, answer: Answer) -> list[Score]:
    if result.error:
        return []
    verdicts = {key: SCORERS[key].score(expected=answer.expected, output=result.output) for key in run.scorers}
    return [
        Score(result=result, scorer=key, value=v.value, explanation=v.explanation[:500], error=v.error[:500])
        for key, v in verdicts.items()
    ]


@transaction.atomic
def complete(*, run: EvaluationRun, attempt: Attempt) -> EvaluationRun:
    """End a run whose every planned sample is stored: job, summary, evidence and audit in one transaction.

    Raises ConflictError while samples are missing, LeaseLostError when another attempt holds the run.
    """
    compute.finish(attempt, state=JobState.DONE)
    run = EvaluationRun.objects.select_for_update(of=("self",), no_key=True).get(pk=run.pk)
    figures = selectors.progress(run)
    if figures.stored != run.planned:
        raise ConflictError(f"Only {figures.stored} of {run.planned} results are stored.")
    run.finished_at, run.summary = timezone.now(), _summary(run, figures)
    run.save(update_fields=["finished_at", "summary", "updated_at"])
    _publish(run)
    outbox.publish("run.finished", run=str(run.pk))
    audit.record(action="evaluation.finished", subject=_ref(run), by=None, summary=run.summary)
    return run


def _summary(run: EvaluationRun, figures: selectors.Progress) -> dict[str, Any]:
    gate = next(scorer for scorer in figures.scorers if scorer.key == run.gate_scorer)
    passed = rules.passes(gate.right, gate.n, threshold=run.threshold)
    return {
        "verdict": (Verdict.PASSED if passed else Verdict.FAILED).value,
        "n": figures.stored,
        "errors": figures.errors,
        "gate_scorer": gate.key,
        "threshold": f"{run.threshold:.3f}",
        "scorers": {
            scorer.key: {
                "right": scorer.right, "unscored": scorer.unscored, "share": round(scorer.share, 6),
                "low": round(scorer.interval.low, 6), "high": round(scorer.interval.high, 6),
            }
            for scorer in figures.scorers
        },
    }  # fmt: skip


def _publish(run: EvaluationRun) -> None:
    summary = run.summary or {}
    gate = summary["scorers"][run.gate_scorer]
    text = (
        f"{gate['right']} of {summary['n']} right by {SCORERS[run.gate_scorer].title.lower()} "
        f"({gate['share']:.1%}, 95 % interval {gate['low']:.1%} to {gate['high']:.1%}); "
        f"threshold {run.threshold:.1%} on the lower end"
    )
    evidence.publish(
        subject=run.use_case.subject if run.use_case else Ref("prompt_version", str(run.prompt_version_id)),
        name=usecase_rules.EVALUATION_PASSED,
        verdict=Verdict(summary["verdict"]),
        source=_ref(run),
        content_hash=run.configuration_hash,
        summary=text,
        facts={**summary, "plan_hash": run.plan_hash, "run": str(run.pk)},
        valid_until=timezone.now() + EVIDENCE_HOLDS,
        made_by=run.created_by_id,
    )


def run_of_job(subject_id: UUID | str) -> EvaluationRun:
    """The run a job works on, with everything an engine needs."""
    related = ("prompt_version", "endpoint", "dataset_version", "job")
    return EvaluationRun.objects.select_related(*related).get(pk=subject_id)


def _ref(run: EvaluationRun) -> Ref:
    return Ref("evaluation_run", str(run.pk))
