"""Every public name of hostspec, as its source says it: read without importing, by griffe."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import griffe

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT: Final = Path(__file__).parents[2]
_HOOK_ROOMS: Final = ("hooks", "batch_hooks")
_TESTING: Final = "testing"
_HOSTING: Final = "hosting"


class ContractNames:
    """The classes, functions and named values of the contract, by their names.

    Args:
        root: The folder in which ``hostspec`` lies.
    """

    def __init__(self, root: Path = ROOT) -> None:
        loaded = griffe.load("hostspec", search_paths=[str(root)], docstring_parser="google")
        if not isinstance(loaded, griffe.Module):
            raise TypeError("hostspec is no package")
        rooms = loaded.modules
        # What hosts and plugins use comes first, where tests know something by the same name.
        self._rooms = [room for room in rooms.values() if room.name not in (_HOSTING, _TESTING)]
        self._rooms += rooms[_HOSTING].modules.values()
        self._rooms += rooms[_TESTING].modules.values()
        self.public = _exported(loaded)
        """What the front door offers, sorted."""
        self.for_hosts = _exported(rooms[_HOSTING])
        """What ``hostspec.hosting`` offers, sorted."""
        self.for_tests = _exported(rooms[_TESTING])
        """What ``hostspec.testing`` offers, sorted."""

    def hooks(self) -> Iterator[griffe.Function]:
        """Every hook, in the order of the source."""
        for room in self._rooms:
            if room.name in _HOOK_ROOMS:
                # What a room imports is among its members too, as an alias.
                for group in room.members.values():
                    if isinstance(group, griffe.Class):
                        yield from group.functions.values()

    def find(self, name: str) -> griffe.Object | None:
        """What a name stands for; ``None`` where hostspec defines no such name."""
        hook = next((hook for hook in self.hooks() if hook.name == name), None)
        if hook is not None:
            return hook
        for room in self._rooms:
            member = room.members.get(name)
            if isinstance(member, griffe.Class | griffe.Function | griffe.Attribute):
                return member
        return None

    def the_class(self, name: str) -> griffe.Class:
        """A class that is known to be there.

        Raises:
            LookupError: There is none of this name.
        """
        found = self.find(name)
        if not isinstance(found, griffe.Class):
            raise LookupError(f"hostspec has no class {name}")
        return found


def _exported(room: griffe.Module) -> tuple[str, ...]:
    return tuple(str(name).strip("'\"") for name in room.exports or ())


def ancestors(names: ContractNames, one: griffe.Class) -> list[griffe.Class]:
    """The classes of hostspec that a class comes from, the nearest first."""
    found: list[griffe.Class] = []
    for written in one.bases:
        parent = names.find(str(written))
        if isinstance(parent, griffe.Class):
            found += [parent, *ancestors(names, parent)]
    return found
