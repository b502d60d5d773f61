"""The small services of a fake host: browser, permissions, profiles, and a log of what hosts are told."""

import threading
from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

from hostspec.permissions import Permission
from hostspec.testing.fake_batches import FakeBatches
from hostspec.usages import Subject, SwitchedUsage, Usage, UsageSwitch
from hostspec.value import UserId

T = TypeVar("T")


class Log(Generic[T]):
    """A list that threads may add to while a test reads it and waits for more."""

    def __init__(self) -> None:
        self._items: list[T] = []
        self._changed = threading.Condition()

    def add(self, item: T) -> None:
        """Put it at the end."""
        with self._changed:
            self._items.append(item)
            self._changed.notify_all()

    @property
    def items(self) -> tuple[T, ...]:
        """All so far."""
        with self._changed:
            return tuple(self._items)

    def wait_beyond(self, count: int, patience: float) -> bool:
        """Wait at most that long (real seconds) for more than ``count`` items; whether they are there."""
        with self._changed:
            return self._changed.wait_for(lambda: len(self._items) > count, patience)

    def __len__(self) -> int:
        return len(self.items)

    def __iter__(self) -> Iterator[T]:
        return iter(self.items)


class FakeBrowser:
    """Satisfies ``hostspec.services.Browser``; remembers what it was to show.

    Args:
        answer: What ``open`` says.
        error: What ``open`` raises instead.
        on_open: Called with the address, in the thread that opens it: the place to play the person who signs in.
        blocked: Whether ``open`` blocks, after remembering the address, until ``release``.
        patience: Real seconds after which waiting fails instead of hanging the test.
    """

    def __init__(
        self,
        *,
        answer: bool = True,
        error: Exception | None = None,
        on_open: Callable[[str], None] | None = None,
        blocked: bool = False,
        patience: float = 30.0,
    ) -> None:
        self.answer = answer
        self.error = error
        self.on_open = on_open
        self.addresses: Log[str] = Log()
        """Every address that was to be shown."""
        self._patience = patience
        self._released = threading.Event()
        if not blocked:
            self._released.set()

    def open(self, address: str) -> bool:
        """Remember the address, then do what the test asked for."""
        self.addresses.add(address)
        if not self._released.wait(self._patience):
            raise AssertionError("The browser was blocked and never released.")
        if self.error is not None:
            raise self.error
        if self.on_open is not None:
            self.on_open(address)
        return self.answer

    def release(self) -> None:
        """Let blocked calls go on."""
        self._released.set()

    def wait_for_address(self, number: int = 1) -> str:
        """The address opened as the first, second, … one; waits for it in real time.

        Raises:
            AssertionError: It was not opened in time.
        """
        if not self.addresses.wait_beyond(number - 1, self._patience):
            raise AssertionError(f"The browser was opened {len(self.addresses)} times, not {number}.")
        return self.addresses.items[number - 1]


class FakePermissions:
    """Who may do what; nobody may do anything until a test allows it."""

    def __init__(self) -> None:
        self.error: Exception | None = None
        """Raised by every question, if set: the directory of users is down."""
        self.asked: Log[tuple[UserId, Permission, Subject | None]] = Log()
        """Every question so far."""
        self._allowed: set[tuple[UserId, Permission]] = set()
        self._denied: set[tuple[UserId, Permission, str]] = set()

    def allow(self, user_id: UserId, *permissions: Permission) -> None:
        """Grant these permissions; all where none is named."""
        self._allowed |= {(user_id, permission) for permission in permissions or tuple(Permission)}

    def deny(self, user_id: UserId, *permissions: Permission) -> None:
        """Withdraw these permissions; all where none is named."""
        self._allowed -= {(user_id, permission) for permission in permissions or tuple(Permission)}

    def deny_subject(self, user_id: UserId, subject_id: str, *permissions: Permission) -> None:
        """Except one subject from what is allowed; from everything where no permission is named."""
        self._denied |= {(user_id, permission, subject_id) for permission in permissions or tuple(Permission)}

    def is_allowed(self, user_id: UserId, permission: Permission, subject: Subject | None) -> bool:
        """Answers as the test arranged."""
        self.asked.add((user_id, permission, subject))
        if self.error is not None:
            raise self.error
        if subject is not None and (user_id, permission, subject.subject_id) in self._denied:
            return False
        return (user_id, permission) in self._allowed


class FakeProfiles:
    """Satisfies ``hostspec.services.Profiles``; holds usages and can switch them."""

    def __init__(self) -> None:
        self.batches = FakeBatches()
        """What failed on subjects."""
        self._usages: dict[str, Usage] = {}
        self._stuck: dict[str, str] = {}
        self._listeners: list[Callable[[], None]] = []
        self._lock = threading.Lock()

    def usages(self, kind: str) -> tuple[Usage, ...]:
        """Every usage of subjects of that kind."""
        with self._lock:
            return tuple(usage for usage in self._usages.values() if usage.subject.kind == kind)

    def watch(self, listener: Callable[[], None]) -> None:
        """Call it after each change."""
        self._listeners.append(listener)

    def use(
        self,
        subject: Subject,
        *,
        profile: str,
        step: str = "Xero migration",
        enabled: bool = True,
        needs: tuple[str, ...] = (),
        waiting: int = 0,
    ) -> Usage:
        """Let a step of a profile point to the subject, instead of to what it pointed to before."""
        usage = Usage(
            usage_id=f"{profile}/{step}",
            subject=subject,
            profile=profile,
            step=step,
            enabled=enabled,
            needs=needs,
            waiting=waiting,
        )
        with self._lock:
            self._usages[usage.usage_id] = usage
        self._tell()
        return usage

    def drop(self, usage: Usage) -> None:
        """Let the step point to nothing."""
        with self._lock:
            del self._usages[usage.usage_id]
        self._tell()

    def refuse_switch(self, usage: Usage, why: str) -> None:
        """Make every switch of this usage fail with the sentence."""
        self._stuck[usage.usage_id] = why

    def switch(self, switch: UsageSwitch) -> tuple[SwitchedUsage, ...]:
        """Move the usages that are held here, and say what became of each."""
        results = []
        with self._lock:
            for usage_id in switch.usage_ids:
                usage = self._usages.get(usage_id)
                if usage is None:
                    continue
                same = (usage.subject.kind, usage.subject.subject_id) == (
                    switch.subject.kind,
                    switch.subject.subject_id,
                )
                why = self._stuck.get(usage_id, "" if same else "It points to something else by now.")
                results.append(SwitchedUsage(usage_id=usage_id, switched=not why, detail=why))
                if not why and not switch.dry_run:
                    self._usages[usage_id] = usage.model_copy(update={"subject": switch.target})
        self._tell()
        return tuple(results)

    def _tell(self) -> None:
        for listener in tuple(self._listeners):
            listener()
