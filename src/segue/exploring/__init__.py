"""What is in a library, as figures with a finding each: first as plain data, then drawn."""

from segue.exploring.explore import explore
from segue.exploring.report import Figure, LeftOut, Report, Section

__all__ = ["Figure", "LeftOut", "Report", "Section", "explore"]
