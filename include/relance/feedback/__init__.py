"""Answers whoever sent a file, in French: a page, an annotated workbook, a table of problems.

Told what became of the file as plain data (`Sent`); which file counts, and who is written to, is decided elsewhere.
"""

from relance.feedback.folder import INDEX, write_feedback, write_files
from relance.feedback.letters import Letter, pending_letters, write_sent
from relance.feedback.sent import Sent
from relance.feedback.summary import Summary, summarise

__all__ = [
    "INDEX",
    "Letter",
    "Sent",
    "Summary",
    "pending_letters",
    "summarise",
    "write_feedback",
    "write_files",
    "write_sent",
]
