"""What boards read: the listening of everybody, added up by day and week, in Parquet. Exact as of the moment they were made.

What counts, everywhere:

- A row of listens that stands for several plays counts as so many; it is skipped, or known to be, as a whole.
- Days and weeks (by their Monday) are those of UTC. Only `hours` is by the listeners' own clocks.
- **A listen without a time counts once, for ever**: in `listeners.listens`, and in no day, week or hour. Nobody knows when it was,
  so it makes nobody active; but an artist heard at an unknown time was heard before, and is never new on a day.
- What was erased, taken back or played in private is not in the database, and so not here from the next making on.
  Where nothing else changed, an hour after that it is nowhere.
"""

from segue.web.insights.rollups.making import changed, forget_old, make
from segue.web.insights.rollups.reading import Rollups, current, folder

__all__ = ["Rollups", "changed", "current", "folder", "forget_old", "make"]
