"""From scores to a page: gather, order, explain."""
