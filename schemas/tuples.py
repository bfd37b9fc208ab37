"""Named tuples at the price of plain ones, where there is one for every event.

Their own constructor is a function in Python, and five of them for each event were a seventh of a submission.
"""

from typing import Any, Protocol, TypeVar

_T = TypeVar("_T", bound=tuple[Any, ...])


class _Make(Protocol):
    def __call__(self, kind: type[_T], values: tuple[Any, ...], /) -> _T: ...


made: _Make = tuple.__new__  # a named tuple from all its values in order
