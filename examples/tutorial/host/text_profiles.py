import secrets
import threading
from collections.abc import Callable
from pathlib import Path

from text_store import TextStore

from hostspec import CONNECTION_KIND, ConnectionId, Subject, Usage


class TextProfiles:
    """The profiles of this host: satisfies ``hostspec.Profiles``."""

    def __init__(self, folder: Path) -> None:
        self._store = TextStore(folder / "profiles.json", {"host_id": secrets.token_hex(8), "profiles": {}})
        self._profiles = self._store.kept["profiles"]
        self._lock = threading.Lock()
        self._listeners: list[Callable[[], None]] = []

    @property
    def host_id(self) -> str:
        return str(self._store.kept["host_id"])

    def put(self, name: str, subject: Subject, *, enabled: bool) -> None:
        """Let a profile have one step, which uses the subject."""
        with self._lock:
            self._profiles[name] = {"kind": subject.kind, "id": subject.subject_id, "enabled": enabled}
            self._store.save()
        self._tell()

    def connection_of(self, name: str) -> ConnectionId:
        """What the profile's step uses; empty where it uses nothing yet."""
        with self._lock:
            return ConnectionId(self._profiles.get(name, {}).get("id", ""))

    def subject_of(self, name: str) -> Subject:
        return Subject(kind=CONNECTION_KIND, subject_id=self.connection_of(name))

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
                for name, one in self._profiles.items()
                if one["kind"] == kind
            ]

    def move(self, usage: Usage, target: Subject) -> bool:
        """Let the place of a usage point to the target; what somebody chose meanwhile stays."""
        with self._lock:
            now = self._profiles.get(usage.profile)
            if now is None or (now["kind"], now["id"]) != (usage.subject.kind, usage.subject.subject_id):
                return False
            now.update(kind=target.kind, id=target.subject_id)
            self._store.save()
        self._tell()
        return True

    def watch(self, listener: Callable[[], None]) -> None:
        self._listeners.append(listener)

    def _tell(self) -> None:
        # Outside the lock: whoever listens may ask for usages.
        for listener in tuple(self._listeners):
            listener()
