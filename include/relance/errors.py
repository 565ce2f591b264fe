"""The one error that a person reads.

Everything that bad input, a wrong setting or a failed stage can cause is a `RelanceError` whose text is a
whole sentence: what was found, where, what was expected, what to do. The command prints it without a stack
trace; anything else that escapes is a defect of ours.
"""


class RelanceError(Exception):
    """A failure with a sentence for whoever has to act on it."""
