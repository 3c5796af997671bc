"""Faults on real servers under load, and whether what was acknowledged is there after them.

`schedule` draws `faults` from a seed and does them to a `scene`, while `load` sends `commands` and
enters the answers in a `ledger`. `verdict` compares that with the log and the views.
"""
