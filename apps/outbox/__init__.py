"""Durable events, written in the business transaction and drained by the worker; knows no subscriber."""
