"""A person as a whole: all that is kept of them in every table, shown to them or erased.

What belongs to somebody is found by following the tables' own foreign keys, so that a table added
tomorrow is exported and erased too, without being named here.
"""
