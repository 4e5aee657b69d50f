"""Pages of datasets and evaluation runs."""

from apps.evaluations.views.datasets import dataset, dataset_list, new_dataset
from apps.evaluations.views.runs import cancel, detail, new, run_list

__all__ = ["cancel", "dataset", "dataset_list", "detail", "new", "new_dataset", "run_list"]
