"""Giving a topic another number of partitions: a new generation of it, with all that it holds.

`copying` brings the records over, `closing` has the brokers refuse what is still sent to the old
one, `following` builds the views that read it, and `repartitioning` does all of it in order.
"""
