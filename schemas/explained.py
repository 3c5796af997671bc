"""Failures that a reader can do something about."""


class Explained(Exception):
    """Its text says what is wrong and what to do: a command prints that line and nothing more."""
