import json
import secrets
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hostspec import Subject, SwitchedUsage, Usage, UsageSwitch


class TextProfiles:
    """The profiles of this host, in a file: satisfies ``hostspec.Profiles``."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._lock = threading.Lock()
        self._listeners: list[Callable[[], None]] = []
        self._kept: dict[str, Any] = {"host_id": secrets.token_hex(8), "profiles": {}}
        if file.exists():
            self._kept = json.loads(file.read_text("utf-8"))
        else:
            self._save()

    @property
    def host_id(self) -> str:
        return str(self._kept["host_id"])

    def put(self, name: str, subject: Subject, *, enabled: bool) -> None:
        """Let a profile have one step, which uses the subject."""
        with self._lock:
            self._kept["profiles"][name] = {"kind": subject.kind, "id": subject.subject_id, "enabled": enabled}
            self._save()
        self._tell()

    def usages(self, kind: str) -> list[Usage]:
        with self._lock:
            return [
                Usage(
                    usage_id=f"{self.host_id}/{name}",
                    subject=Subject(kind=one["kind"], subject_id=one["id"]),
                    profile=name,
                    step="Export",
                    enabled=one["enabled"],
                )
                for name, one in self._kept["profiles"].items()
                if one["kind"] == kind
            ]

    def switch(self, switch: UsageSwitch) -> list[SwitchedUsage]:
        """Move the usages that are ours; say what became of each."""
        results = []
        for usage in self.usages(switch.subject.kind):
            if usage.usage_id not in switch.usage_ids:
                continue
            fits = usage.subject.subject_id == switch.subject.subject_id
            why = "" if fits else "It uses something else by now."
            results.append(SwitchedUsage(usage_id=usage.usage_id, switched=fits, detail=why))
            if fits and not switch.dry_run:
                self.put(usage.profile, switch.target, enabled=usage.enabled)
        return results

    def watch(self, listener: Callable[[], None]) -> None:
        self._listeners.append(listener)

    def _save(self) -> None:
        fresh = self._file.with_suffix(".new")
        fresh.write_text(json.dumps(self._kept), "utf-8")
        fresh.replace(self._file)

    def _tell(self) -> None:
        # Outside the lock: whoever listens may ask for usages.
        for listener in tuple(self._listeners):
            listener()
