"""Versions of datasets as forms choose from them."""

from apps.core import choosing
from apps.evaluations.models import DatasetVersion

DATASET_VERSION = choosing.versions_of("dataset", DatasetVersion)
