"""What a person at a window can do besides, where the driver of a host's windows can do it too."""

from __future__ import annotations

from typing import Protocol, runtime_checkable


@runtime_checkable
class PressesEscape(Protocol):
    """A ``HostWindow`` at which Esc can be pressed; the suite then checks what it does."""

    def escape(self) -> None:
        """Press Esc in the window on top."""


@runtime_checkable
class ChoosesFiles(Protocol):
    """A ``HostWindow`` in which files can be chosen; the suite then checks that they stay chosen."""

    def choose_file(self, label: str, text: str) -> None:
        """Choose a file with that content (not: of that path) in the ``FileField`` of the window on top."""


@runtime_checkable
class Searches(Protocol):
    """A ``HostWindow`` of which the table can be searched; the suite then checks what is asked for."""

    def search(self, text: str) -> None:
        """Type into the search field of the tab."""

    def filter(self, label: str) -> None:
        """Choose a part of the table by what its ``Filter`` says."""
