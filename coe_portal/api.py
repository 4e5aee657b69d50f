"""Placeholder until the API lands (being written)."""

urlpatterns: list[object] = []
docs_urlpatterns: list[object] = []
