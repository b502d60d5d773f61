"""Which name is still free for a copy of an entry?"""

from __future__ import annotations

from itertools import count, islice
from typing import TYPE_CHECKING, Final

from xero_connections_plugin.connections.definition import NAME_LIMIT, clean_name, name_key

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

    from hostspec.value import ConnectionId

_AT_A_TIME: Final = 50


def free_name(
    name: str,
    word: str,
    holders_of_names: Callable[[Sequence[str]], Mapping[str, ConnectionId]],
    taken: Collection[str] = frozenset(),
) -> str:
    """A name like ``name`` that nobody has: with the word behind it, and a number where that is taken too.

    Args:
        name: Whose copy it is.
        word: Says what it is, such as "copy".
        holders_of_names: Who has which of these name keys.
        taken: Name keys that are about to be given.
    """
    candidates = _candidates(clean_name(name), word)
    while True:
        some = list(islice(candidates, _AT_A_TIME))
        held = holders_of_names([name_key(one) for one in some])
        for one in some:
            if name_key(one) not in held and name_key(one) not in taken:
                return one


def _candidates(name: str, word: str) -> Iterator[str]:
    for number in count(1):
        suffix = f" ({word})" if number == 1 else f" ({word} {number})"
        yield f"{name[: NAME_LIMIT - len(suffix)].rstrip()}{suffix}"
