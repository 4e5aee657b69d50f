"""Datasets and evaluation runs over the API."""
