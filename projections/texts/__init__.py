"""What the stores of tweets and of replies have in common, in MongoDB."""

from projections.texts.collections import Collections
from projections.texts.reads import Texts, TextStore
from projections.texts.writes import TextsView

__all__ = ["Collections", "TextStore", "Texts", "TextsView"]
