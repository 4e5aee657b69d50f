"""Finished evaluation runs, whose figures are counted from stored results as those of any run."""

from decimal import Decimal
from random import Random

from django.utils import timezone

from apps.accounts.models import User
from apps.catalog.models import Endpoint
from apps.compute.models import Job, JobState
from apps.core.hashing import sha256_hex
from apps.evaluations import rules, selectors
from apps.evaluations.models import JOB_KIND, DatasetVersion, EvaluationRun, SampleResult, Score
from apps.portal.scale.people import BATCH, key
from apps.portal.scale.sizes import Size
from apps.prompts.models import PromptVersion
from apps.usecases import rules as usecase_rules

_SCORER, _THRESHOLD = "numeric", Decimal("0.8")


def runs(
    size: Size,
    shelf: tuple[list[PromptVersion], list[Endpoint], list[DatasetVersion]],
    by: list[User],
    random: Random,
) -> None:
    """Runs of random pairs, each item answered and scored."""
    prompts, endpoints, data = shelf
    rows = [
        _run(random.choice(prompts), random.choice(endpoints), random.choice(data), random.choice(by), random)
        for _ in range(size.runs)
    ]
    Job.objects.bulk_create([run.job for run in rows], batch_size=BATCH)
    EvaluationRun.objects.bulk_create(rows, batch_size=BATCH)
    results = [
        SampleResult(run=run, index=at, output=str(at + 2), attempt_number=1, latency_ms=random.randrange(40, 900))
        for run in rows
        for at in range(run.planned)
    ]
    SampleResult.objects.bulk_create(results, batch_size=BATCH)
    Score.objects.bulk_create(
        [Score(result=result, scorer=_SCORER, value=Decimal(1), explanation="") for result in results], batch_size=BATCH
    )


def _run(prompt: PromptVersion, endpoint: Endpoint, data: DatasetVersion, by: User, random: Random) -> EvaluationRun:
    now, id = timezone.now(), key(random)
    job = Job(
        pk=key(random), kind=JOB_KIND, subject_id=str(id), queue="gpu", state=JobState.DONE, created_by=by,
        rung_at=now, started_at=now, ended_at=now,
    )  # fmt: skip
    run = EvaluationRun(
        pk=id, prompt_version=prompt, endpoint=endpoint, dataset_version=data, scorers=[_SCORER], gate_scorer=_SCORER,
        threshold=_THRESHOLD, planned=data.item_count, job=job, created_by=by, finished_at=now,
    )  # fmt: skip
    run.plan = selectors.plan(run)
    run.plan_hash = sha256_hex(run.plan)
    run.configuration_hash = usecase_rules.configuration_hash(prompt.content_hash, endpoint.content_hash)
    run.summary = _summary(data.item_count)
    return run


def _summary(n: int) -> dict[str, object]:
    interval = rules.wilson(n, n)
    verdict = "passed" if rules.passes(n, n, threshold=_THRESHOLD) else "failed"
    scored = {"right": n, "unscored": 0, "share": 1.0, "low": round(interval.low, 6), "high": round(interval.high, 6)}
    return {
        "verdict": verdict, "n": n, "errors": 0, "gate_scorer": _SCORER, "threshold": f"{_THRESHOLD:.3f}",
        "scorers": {_SCORER: scored},
    }  # fmt: skip
