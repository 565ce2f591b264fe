"""The one way in which parsing says that a whole file cannot be read."""

from __future__ import annotations

# The fact of a file that was read and cannot count: why its cover does not say whose it is, in French.
COVER_DEFECT = "cover_defect"


class SetAside(Exception):  # noqa: N818 - an outcome of reading, not an error of ours
    """The file is set aside whole; the text is the French sentence for whoever sent it."""
