"""One file per concept of the API: `router`, its `PREFIX` (such as "/stations") and its `TAG` in the documentation."""
