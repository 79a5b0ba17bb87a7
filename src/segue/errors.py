"""Errors that a person can act on.

Every error Segue raises on purpose is a `SegueError`: its text is one line that says what was wrong, where, and what
to do. Faces (command line, web) translate them; they know nothing of exit codes or HTTP.
"""


class SegueError(Exception):
    """Something the person who runs Segue can put right."""


class InvalidTable(SegueError):
    """A table does not fit its schema: names the table, the column and, where there is one, the row."""


class UnknownFormat(SegueError):
    """No reader recognises a file."""


class BadFile(SegueError):
    """A file is not what it says it is."""


class UnknownModel(SegueError):
    """No recommender has that name, or a parameter it does not have was given."""


class NotEnoughData(SegueError):
    """A model, a split or a protocol needs more data than there is."""


class BadSnapshot(SegueError):
    """A snapshot is missing, incomplete or of another version."""


class Busy(SegueError):
    """Another process is at work on the same thing."""


class NotFound(SegueError):
    """A listener, an artist or a track that was asked for is not in the library."""


class BadRequest(SegueError):
    """Something asked of the Engine makes no sense: names the field and what it may be."""


class BadSetting(SegueError):
    """An environment variable has a value that it cannot have."""
