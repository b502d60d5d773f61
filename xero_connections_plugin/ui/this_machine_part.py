"""What is told about this machine: how it gets the key that it lacks, and that its clock is off."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final, Protocol

from hostspec.forms import Fact, FactsField, Form, NoteField
from hostspec.permissions import Permission
from hostspec.ui import Action, Close, Dialog, Notice, ShowDialog, Wait
from hostspec.value import Tone
from xero_connections_plugin.ui.tab_parts import Offered
from xero_connections_plugin.ui.texts import machine_texts as texts

if TYPE_CHECKING:
    from collections.abc import Callable

    from hostspec.errors import SecretStoreUnavailable
    from hostspec.services import CancelSignal, Clock, Tasks
    from hostspec.ui import Origin, Step, UserAct
    from xero_connections_plugin.connections.access import Access

HELP_ACT: Final = "key_help"
_LOOK_ACT: Final = "key_look"
_CLOSE_ACT: Final = "key_close"
_DIALOG: Final = "key-help"
_WAIT: Final = "key-look-"
_SECONDS: Final = 60.0
_NO_WINDOW_SECONDS: Final = 0.3
"""A look that takes no longer than this (real seconds) comes without a window of its own."""


class Key(Protocol):
    """The key that seals, as this machine has it."""

    def key_problem(self, key_id: str = "") -> SecretStoreUnavailable | None: ...

    def probe(self) -> SecretStoreUnavailable | None: ...

    def describe(self) -> str: ...


class ThisMachinePart:
    """A ``TabPart`` without buttons: rows name its act as their repair. Any thread may call.

    Args:
        key: See the class.
        access: Who may look.
        clock: Time.
        tasks: Ask the keychain beside the caller; it may keep one waiting.
        changed: Called with a wait id when its wait has news, and with ``None`` when the list has.
        new_id: Makes ids of waits.
        clock_remark: How far this machine's clock is off, as a sentence; empty while it is right.
    """

    def __init__(
        self,
        *,
        key: Key,
        access: Access,
        clock: Clock,
        tasks: Tasks,
        changed: Callable[[str | None], None],
        new_id: Callable[[], str],
        clock_remark: Callable[[], str],
    ) -> None:
        self._key = key
        self._access = access
        self._clock = clock
        self._tasks = tasks
        self._changed = changed
        self._new_id = new_id
        self._clock_remark = clock_remark
        self._lock = threading.Lock()
        self._looks: dict[str, tuple[threading.Event, float]] = {}

    def offers(self, origin: Origin, *, may_manage: bool) -> Offered:  # noqa: ARG002 -- told to whoever sees the list
        remark = self._clock_remark()
        if not remark:
            return Offered()
        return Offered(notices=(Notice(text=f"{remark} {texts.CLOCK_ADVICE}", tone=Tone.WARNING),))

    def takes(self, act: UserAct) -> bool:
        if act.action_id == "continue":
            return (act.wait_id or "").startswith(_WAIT)
        return act.action_id in {HELP_ACT, _LOOK_ACT, _CLOSE_ACT}

    def act(self, origin: Origin, act: UserAct) -> Step:
        self._access.require(origin.user_id, Permission.VIEW)
        match act.action_id:
            case "key_help":
                return self._help()
            case "key_look":
                return self._look()
            case "key_close":
                return Close()
            case _:
                return self._go_on(act.wait_id or "")

    def close(self) -> None:
        with self._lock:
            self._looks.clear()

    def _help(self) -> Step:
        problem = self._key.key_problem()
        place = Fact(label=texts.KEY_PLACE, text=self._key.describe())
        if problem is None:
            fields = (NoteField(text=texts.KEY_FOUND, tone=Tone.GOOD), FactsField(field_id="facts", facts=(place,)))
            steps: tuple[str, ...] = ()
        else:
            facts = (Fact(label=texts.PROBLEM, text=str(problem)), place)
            fields = (NoteField(text=str(problem), tone=Tone.WARNING), FactsField(field_id="facts", facts=facts[1:]))
            steps = texts.KEY_STEPS if problem.code == "KEY_MISSING" else texts.KEYRING_STEPS
        done = Action(action_id=_CLOSE_ACT, label=texts.CLOSE, primary=problem is None)
        look = Action(action_id=_LOOK_ACT, label=texts.LOOK_AGAIN, primary=True)
        return ShowDialog(
            dialog=Dialog(
                dialog_id=_DIALOG,
                title=texts.KEY_TITLE,
                form=Form(fields=(*fields, *(NoteField(text=step) for step in steps))),
                primary=done if problem is None else look,
                cancel=None if problem is None else done,
            )
        )

    def _look(self) -> Step:
        wait_id = f"{_WAIT}{self._new_id()}"
        over = threading.Event()
        with self._lock:
            self._looks[wait_id] = (over, self._clock.monotonic() + _SECONDS)

        def look(_cancel: CancelSignal) -> None:
            try:
                self._key.probe()
            finally:
                over.set()
                self._changed(wait_id)
                self._changed(None)

        self._tasks.start("look for the key", look)
        over.wait(_NO_WINDOW_SECONDS)
        return self._go_on(wait_id)

    def _go_on(self, wait_id: str) -> Step:
        with self._lock:
            over, until = self._looks.get(wait_id, (None, 0.0))
            if over is None:
                return Close()
            if over.is_set():
                del self._looks[wait_id]
        if over.is_set():
            return self._help()
        return Wait(
            wait_id=wait_id,
            dialog_id=_DIALOG,
            title=texts.LOOKING_TITLE,
            text=texts.LOOKING_TEXT,
            seconds_left=max(0.0, until - self._clock.monotonic()),
            seconds_total=_SECONDS,
            cancel=Action(action_id=_CLOSE_ACT, label=texts.CLOSE),
        )
