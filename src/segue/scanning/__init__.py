"""A folder of music files as a library: the walk, the analyses and what changed since the last time.

Nothing is imported here: the processes that analyse load this package too, and need little of it.
"""
