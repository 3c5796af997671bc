"""Comparing each view with a plain fold of the log.

`folds` says what a view must hold, `contents` what it holds, both as a mapping from a readable key
to a value. The folds share no code with what writes the views, and do nothing but fold: a test may
put any events to them.
"""
