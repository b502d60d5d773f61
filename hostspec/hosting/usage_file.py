"""Which profile of a host uses what: kept in one small file, for hosts that keep their profiles nowhere else."""

from __future__ import annotations

import os
import secrets
import threading
from typing import TYPE_CHECKING

from hostspec.errors import StoredDataDamaged
from hostspec.hosting import hosting_texts as texts
from hostspec.hosting.held_usages import switch_held, usages_of
from hostspec.markers import hookimpl
from hostspec.usages import Subject, Usage
from hostspec.value import Value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from hostspec.usages import SwitchedUsage, UsageSwitch


class _Use(Value):
    subject: Subject
    enabled: bool


class _Kept(Value):
    host_id: str
    uses: dict[str, _Use]


class UsageFile:
    """A holder of usages with one step in each profile: ``hostspec.Profiles``, and the hooks that holders answer.

    Any thread of one process may use it; a second process would not hear of its changes, and would overwrite them.
    Each change is in the file before anybody hears of it. A power cut leaves the file whole: with the last change, or
    as it was before.

    Args:
        file: In a folder that is there already and that only this user may write; the file is made where it is missing.
        step: What people call the step that uses something.

    Raises:
        FileNotFoundError: The folder is missing.
        StoredDataDamaged: The file holds something else; it is left as it is.
    """

    def __init__(self, file: Path, step: str) -> None:
        self._file = file
        self._step = step
        self._guard = threading.Lock()
        self._listeners: list[Callable[[], None]] = []
        if file.exists():
            self._kept = _read(file)
        else:
            self._write(_Kept(host_id=secrets.token_hex(16), uses={}))

    @property
    def host_id(self) -> str:
        """Made with the file; for ``HostServices.host_id``."""
        return self._kept.host_id

    def subject_of(self, profile: str) -> Subject | None:
        """What a profile uses, if anything."""
        used = self._kept.uses.get(profile)
        return used.subject if used is not None else None

    def put(self, profile: str, subject: Subject | None, *, enabled: bool = True) -> None:
        """Let a profile use something from now on, or (``None``) nothing; while it rests, it uses it all the same."""
        with self._guard:
            self._put(profile, subject, enabled)
        self._tell()

    def usages(self, kind: str) -> list[Usage]:
        """Every usage of every subject of this kind, those of resting profiles included."""
        return [
            Usage(
                usage_id=f"{self.host_id}/{profile}",
                subject=one.subject,
                profile=profile,
                step=self._step,
                enabled=one.enabled,
            )
            for profile, one in self._kept.uses.items()
            if one.subject.kind == kind
        ]

    def watch(self, listener: Callable[[], None]) -> None:
        """Call the listener after each change, from whichever thread made it."""
        self._listeners.append(listener)

    @hookimpl
    def capture_usages(self, subject: Subject) -> Iterable[Usage]:
        """The usages that are meant."""
        return usages_of(subject, self.usages(subject.kind))

    @hookimpl
    def capture_switch_usages(self, switch: UsageSwitch) -> Iterable[SwitchedUsage]:
        """What became of each usage that is ours."""
        return switch_held(switch, self.usages(switch.subject.kind), self._move)

    def _move(self, usage: Usage, target: Subject) -> bool:
        with self._guard:
            now = self._kept.uses.get(usage.profile)
            if now is None or not usage.subject.covers(now.subject):
                # A newer choice, made since the usages were asked for, counts.
                return False
            self._put(usage.profile, target, now.enabled)
        self._tell()
        return True

    def _put(self, profile: str, subject: Subject | None, enabled: bool) -> None:
        uses = {name: one for name, one in self._kept.uses.items() if name != profile}
        if subject is not None:
            uses[profile] = _Use(subject=subject, enabled=enabled)
        self._write(self._kept.model_copy(update={"uses": uses}))

    def _tell(self) -> None:
        # Outside the lock: whoever listens may ask for usages.
        for listener in tuple(self._listeners):
            listener()

    def _write(self, kept: _Kept) -> None:
        fresh = self._file.with_name(f"{self._file.name}.new")
        with fresh.open("w", encoding="utf-8") as written:
            written.write(kept.model_dump_json())
            written.flush()
            # Otherwise a power cut may leave the new name with nothing in it.
            os.fsync(written.fileno())
        fresh.replace(self._file)
        self._kept = kept


def _read(file: Path) -> _Kept:
    try:
        return _Kept.model_validate_json(file.read_text("utf-8"))
    except ValueError:
        # What is wrong with it may quote what stands in it.
        raise StoredDataDamaged(texts.damaged(file.name)) from None
