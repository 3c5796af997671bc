"""Giving a topic another number of partitions: a new generation of it, with all that it holds.

`copying` brings the records over, `closing` has the brokers refuse what is still sent to the old
one, `following` builds the views that read it, `repartitioning` does all of it in order, and
`looking_again` what it has left to do where it broke off late. `words` are left out of copies,
`leftovers` says whether there are any, and `emptying` empties what was copied.
"""
