"""The nouns: the Library, its tables, and the Interactions that models learn from."""

from segue.library.interactions import Interactions
from segue.library.library import Library
from segue.library.tables import TABLES, Column, Problem, Table

__all__ = ["TABLES", "Column", "Interactions", "Library", "Problem", "Table"]
