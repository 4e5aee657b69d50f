"""Datasets, runs, scorers and the evidence a run yields; never talks to a model itself."""
