"""The one list: described once a page, narrowed, sorted, paged and exported from what its address says."""

from apps.core.lists.answers import answer, build
from apps.core.lists.describing import Action, Bulk, Column, Facet, List, known, page_named, register
from apps.core.lists.exporting import chart_values, csv_file
from apps.core.lists.hooks import Export, Hooks, install
from apps.core.lists.state import State, declared, read, words, written
from apps.core.lists.tables import Rows, Table, plain

__all__ = [
    "Action", "Bulk", "Column", "Export", "Facet", "Hooks", "List", "Rows", "State", "Table", "answer", "build",
    "chart_values", "csv_file", "declared", "install", "known", "page_named", "plain", "read", "register", "words",
    "written",
]  # fmt: skip
