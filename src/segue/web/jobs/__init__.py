"""Jobs: work that takes longer than a request, with progress and a report."""
