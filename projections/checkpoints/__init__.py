"""Where each view stands in the log, kept beside its rows, in the same store.

A checkpoint says since when its store has held the partition without a loss: who works on a batch
when the data is lost, and is late, must not move the checkpoint that the next one has begun anew.
In PostgreSQL it need not: rows and checkpoint are written in one transaction.
"""
