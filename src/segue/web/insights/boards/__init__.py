"""One file per page of the dashboard, found by looking: a `BOARD`, or an `ENTRY` with `PATHS` of its own."""
