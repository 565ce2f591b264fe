"""The errors that a person reads.

Everything that bad input, a wrong setting or a failed stage can cause is a `RelanceError` whose text is a
whole sentence: what was found, where, what was expected, what to do. The command prints it without a stack
trace; anything else that escapes is a defect of ours. `runbook` names the place in docs/operations.md that an alert
points to.
"""


class RelanceError(Exception):
    """A failure with a sentence for whoever has to act on it. `exit_code` is the command's exit status."""

    exit_code = 1
    runbook = "a-task-failed"


class PublicationBlockedError(RelanceError):
    """The audit found something that must not be published; the sentences of the failed controls are in it."""

    exit_code = 2
    runbook = "the-audit-blocks"


class PublicationHeldError(RelanceError):
    """The audit found something that a person has to accept or have corrected before it is published."""

    exit_code = 3
    runbook = "the-audit-holds"


class NotWaitingError(RelanceError):
    """No file waits for this decision: none of that name, somebody decided before, or it waits for another reason."""

    runbook = "a-file-waits-for-a-decision"


class DamagedError(RelanceError):
    """What we keep is not what was received or written: damage of our own storage, never of a sender's file."""

    runbook = "what-was-received-is-damaged"


class SourceError(RelanceError):
    """A sender's system did not give what it should. What was landed stays; the next turn asks again."""

    runbook = "a-collection-is-incomplete"


class CollectionIncompleteError(RelanceError):
    """A collection landed what it could, and says what it could not have."""

    runbook = "a-collection-is-incomplete"


class NothingReceivedError(RelanceError):
    """Nothing at all had been received by the as-of date: there is no night to speak of."""

    runbook = "nothing-was-received"
