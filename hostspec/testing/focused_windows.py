"""Windows above a tab that know what has the keyboard focus in each dialog, as far as the descriptions say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hostspec.hosting.open_windows import OpenWindows
from hostspec.testing.dialog_focus import focus_drawn, focus_redrawn
from hostspec.ui import ShowDialog

if TYPE_CHECKING:
    from hostspec.ui import Step, UserAct


class FocusedWindows(OpenWindows):
    """``OpenWindows`` that fail where a dialog gives the focus to what it does not have."""

    def __init__(self) -> None:
        super().__init__()
        self._focused: dict[str, str] = {}

    def focused(self, dialog_id: str) -> str:
        """The label of what had the focus when that open dialog was drawn last."""
        return self._focused[dialog_id]

    def apply(self, act: UserAct, step: Step) -> None:
        """Do what a step says, which answered the act.

        Raises:
            AssertionError: A dialog names what it does not have.
        """
        if isinstance(step, ShowDialog):
            shown = step.dialog
            is_new = self.dialog(shown.dialog_id) is None
            before = self._focused.get(shown.dialog_id, "")
            self._focused[shown.dialog_id] = focus_drawn(shown) if is_new else focus_redrawn(shown, before)
        super().apply(act, step)
