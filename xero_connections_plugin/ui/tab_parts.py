"""What may stand on the tab beside the list? Parts with buttons and acts of their own, which wiring puts together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from hostspec.ui import Action, Notice, Origin, Step, UserAct


@dataclass(frozen=True, kw_only=True)
class Offered:
    """What a part adds to the tab for one person."""

    buttons: tuple[Action, ...] = ()
    """Beside the buttons of the list."""
    more: tuple[Action, ...] = ()
    """Rarely needed: behind "More"."""
    notices: tuple[Notice, ...] = ()


class TabPart(Protocol):
    """Acts that belong together. Any thread may call; only ``CaptureError`` may be raised."""

    def offers(self, origin: Origin, *, may_manage: bool) -> Offered:
        """What it adds to the tab. Asked for each drawing: no network, and next to no work."""

    def takes(self, act: UserAct) -> bool:
        """Whether an act is this part's."""

    def act(self, origin: Origin, act: UserAct) -> Step:
        """Do it; see ``hostspec.ui.TabController.act``. The part asks for permission itself."""

    def close(self) -> None:
        """The program ends: nothing goes on."""
