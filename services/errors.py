"""What can end a command, and what the command line makes of it.

In: any exception of ours. Out: an exit status and a kind, the same when the error comes from another process.
"""

from schemas import CatalogueError, PlanError
from services.imports import InputError
from streams.errors import TerminalError, TransientError
from streams.figures import WrongQuestion


class Unavailable(Exception):
    """Something needed is not there now: the folder is held, the owner does not answer."""


_WRONG = (InputError, WrongQuestion, PlanError, CatalogueError, TerminalError)
KNOWN = (*_WRONG, Unavailable, TransientError)
WRONG_INPUT, NOT_AVAILABLE = 2, 3


def exit_status(error: Exception) -> int:
    """2 wrong use or unusable input, 3 not available now. For exceptions in `KNOWN`."""
    return WRONG_INPUT if isinstance(error, _WRONG) else NOT_AVAILABLE


def said_again(status: int, text: str) -> Exception:
    """The error another process reported."""
    return InputError(text) if status == WRONG_INPUT else Unavailable(text)
