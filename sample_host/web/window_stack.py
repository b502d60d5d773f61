"""What lies open in one browser window, and what each step does to it. Pure: no drawing, no network.

The rules. A dialog with the id of an open one replaces it in place, any other opens on top. A message lies above
everything. A wait with the id of an open one replaces it in place, any other opens on top; whatever else answers an
act of a wait closes that wait first. ``Close`` closes the dialog that the act came from, with all that lies above it;
``ShowView`` closes everything.
"""

from dataclasses import dataclass, replace
from typing import Final, assert_never

from hostspec.messages import MessageBox
from hostspec.ui import Close, Dialog, Download, ShowDialog, ShowMessage, ShowUsage, ShowView, Step, UserAct, Wait
from hostspec.usages import Subject
from sample_host.usage_dialog import UsageDialog
from sample_host.web.field_values import keeping_errors

CONTINUE: Final = "continue"
"""The act by which a page asks how a wait goes on; no person pressed anything."""


@dataclass(frozen=True)
class DialogLayer:
    """A dialog of a tab."""

    tab_id: str
    dialog: Dialog


@dataclass(frozen=True)
class MessageLayer:
    """A message box."""

    tab_id: str
    box: MessageBox


@dataclass(frozen=True)
class WaitLayer:
    """A window that waits."""

    tab_id: str
    wait: Wait


@dataclass(frozen=True)
class UsageLayer:
    """The host's usage dialog."""

    tab_id: str
    usage: UsageDialog


Layer = DialogLayer | MessageLayer | WaitLayer | UsageLayer


@dataclass(frozen=True)
class Placed:
    """A layer in its place."""

    key: str
    """Stays the same while the layer lies open."""
    version: int
    """Counts what has to be drawn anew."""
    layer: Layer


@dataclass(frozen=True)
class Stack:
    """Layers from the lowest to the topmost."""

    placed: tuple[Placed, ...] = ()
    serial: int = 0

    def get(self, key: str) -> Placed | None:
        """The layer of that key, while it lies open."""
        return next((one for one in self.placed if one.key == key), None)

    def without(self, key: str) -> "Stack":
        """The stack without one layer."""
        return replace(self, placed=tuple(one for one in self.placed if one.key != key))

    def closed(self, tab_id: str, dialog_id: str) -> "Stack":
        """The stack without a dialog and the waits that it began."""

        def belongs(layer: Layer) -> bool:
            match layer:
                case DialogLayer():
                    return layer.tab_id == tab_id and layer.dialog.dialog_id == dialog_id
                case WaitLayer():
                    return layer.tab_id == tab_id and layer.wait.dialog_id == dialog_id
                case MessageLayer() | UsageLayer():
                    return False
                case _:
                    assert_never(layer)

        return replace(self, placed=tuple(one for one in self.placed if not belongs(one.layer)))

    def on_top(self, layer: Layer) -> "Stack":
        """The stack with one more layer: messages above everything, all else beneath open messages."""
        place = len(self.placed)
        if not isinstance(layer, MessageLayer):
            while place and isinstance(self.placed[place - 1].layer, MessageLayer):
                place -= 1
        new = Placed(f"layer-{self.serial + 1}", 1, layer)
        return Stack((*self.placed[:place], new, *self.placed[place:]), self.serial + 1)

    def changed(self, key: str, layer: Layer) -> "Stack":
        """The stack with a layer replaced in place."""

        def newer(one: Placed) -> Placed:
            again = isinstance(layer, WaitLayer) and isinstance(one.layer, WaitLayer) and _still(one.layer, layer)
            return Placed(one.key, one.version if again else one.version + 1, layer)

        return replace(self, placed=tuple(newer(one) if one.key == key else one for one in self.placed))

    def holding(self, key: str, layer: Layer) -> "Stack":
        """The stack with a layer that knows what the page shows in it already: nothing has to be drawn anew."""
        return replace(
            self,
            placed=tuple(replace(one, layer=layer) if one.key == key else one for one in self.placed),
        )

    def dialog(self, tab_id: str, dialog_id: str) -> Placed | None:
        """The open dialog of that id."""
        for one in reversed(self.placed):
            if (
                isinstance(one.layer, DialogLayer)
                and one.layer.tab_id == tab_id
                and one.layer.dialog.dialog_id == dialog_id
            ):
                return one
        return None

    def wait(self, tab_id: str, wait_id: str) -> Placed | None:
        """The open wait of that id."""
        for one in self.placed:
            if isinstance(one.layer, WaitLayer) and one.layer.tab_id == tab_id and one.layer.wait.wait_id == wait_id:
                return one
        return None


def _still(old: WaitLayer, new: WaitLayer) -> bool:
    """Whether only time has passed: then the page goes on counting down by itself."""
    return old.wait == new.wait.model_copy(update={"seconds_left": old.wait.seconds_left})


@dataclass(frozen=True)
class Outcome:
    """What a step came to."""

    stack: Stack
    redraw: bool = False
    """Whether what lies beneath all layers has to be drawn anew."""
    select: str | None = None
    """The row to select then."""
    result: Subject | None = None
    """What a closed dialog was opened for."""
    download: Download | None = None
    """A file for the person to keep."""


def take(stack: Stack, step: Step, tab_id: str, act: UserAct, usage: UsageDialog | None) -> Outcome:
    """Do what a step says.

    Args:
        stack: What lies open now.
        step: The answer.
        tab_id: Whose answer it is.
        act: What it answers.
        usage: The usage dialog, where the step asks for it.
    """
    source = act.dialog_id
    if act.wait_id is not None:
        waiting = stack.wait(tab_id, act.wait_id)
        if waiting is None or not isinstance(waiting.layer, WaitLayer):
            # The wait was closed while this answer was on its way: nobody waits for it any more.
            return Outcome(stack)
        if not (isinstance(step, Wait) and step.wait_id == act.wait_id):
            source = source or waiting.layer.wait.dialog_id
            stack = stack.without(waiting.key)
    match step:
        case ShowView():
            return Outcome(replace(stack, placed=()), redraw=True, select=step.select_row_id)
        case ShowDialog():
            layer = DialogLayer(tab_id, step.dialog)
            there = stack.dialog(tab_id, step.dialog.dialog_id)
            return Outcome(stack.on_top(layer) if there is None else stack.changed(there.key, layer))
        case ShowMessage():
            return Outcome(stack.on_top(MessageLayer(tab_id, step.message)), redraw=True)
        case ShowUsage():
            return Outcome(stack if usage is None else stack.on_top(UsageLayer(tab_id, usage)))
        case Wait():
            return Outcome(_waiting(stack, tab_id, step, act))
        case Download():
            return Outcome(stack, download=step)
        case Close():
            return Outcome(
                stack if source is None else stack.closed(tab_id, source),
                redraw=True,
                select=None if step.result is None else step.result.subject_id,
                result=step.result,
            )
        case _:
            assert_never(step)


def _waiting(stack: Stack, tab_id: str, wait: Wait, act: UserAct) -> Stack:
    there = stack.wait(tab_id, wait.wait_id)
    if there is not None and isinstance(there.layer, WaitLayer) and act.action_id == CONTINUE:
        # Only time has passed: what is wrong with a field stays there until somebody does something about it.
        wait = wait.model_copy(update={"form": keeping_errors(wait.form, there.layer.wait.form)})
    layer = WaitLayer(tab_id, wait)
    return stack.on_top(layer) if there is None else stack.changed(there.key, layer)
