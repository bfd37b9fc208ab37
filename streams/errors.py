"""Two kinds of failure, and no third: the adapter maps its driver's codes, the loop decides by type."""


class TransientError(Exception):
    """May pass by itself: retry with backoff, acknowledge nothing meanwhile."""


class TerminalError(Exception):
    """Will not pass by itself: the process ends with this reason."""


class Conflict(ValueError):
    """The same event id with other content; the one that was there stays."""
