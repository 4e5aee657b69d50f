"""Pages of datasets and evaluation runs."""

from apps.evaluations.views.datasets import (
    dataset,
    dataset_discussion,
    dataset_history,
    dataset_list,
    dataset_runs,
    dataset_runs_csv,
    new_dataset,
)
from apps.evaluations.views.runs import cancel, chart_csv, detail, discussion, history, new, run_list

__all__ = [
    "cancel",
    "chart_csv",
    "dataset",
    "dataset_discussion",
    "dataset_history",
    "dataset_list",
    "dataset_runs",
    "dataset_runs_csv",
    "detail",
    "discussion",
    "history",
    "new",
    "new_dataset",
    "run_list",
]
