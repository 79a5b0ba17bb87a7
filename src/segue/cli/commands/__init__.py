"""One command per file: a module offers `command` (a function) or `group` (several)."""
