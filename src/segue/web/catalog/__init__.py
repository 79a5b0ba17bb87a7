"""The catalogue: artists, releases, tracks; loading a Library into the database and exporting one; search."""
