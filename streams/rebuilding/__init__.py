"""Building a view anew beside the one that is read, and putting it in its place.

`builds` is what is known of a build in PostgreSQL, `claims` who does which partition, `filling`
brings a view to a place in the log, `comparing` holds two of its generations beside each other at
one place, `findings` is what they differ in there, and `building` does all of it in order.
"""
