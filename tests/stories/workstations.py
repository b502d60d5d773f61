"""The workstations of one site, each with its own data directory and its own copy of the key, on one database."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from hostspec.connections import ChoiceQuery, HttpSession
from hostspec.testing import FakeBrowser, FakeClock, FakeHost
from hostspec.usages import CONNECTION_KIND, Subject
from hostspec.value import ConnectionId
from tests.postgresql_server import PostgresqlServer
from tests.stories.capture_site import Site, make_marked_plugin


@dataclass(frozen=True)
class Workstations:
    """A site whose first workstation is ``site.host``; others join it."""

    site: Site
    server: PostgresqlServer
    url: str
    folder: Path

    def workstation(
        self,
        name: str,
        *,
        with_key: bool = True,
        plugin: Callable[[], object] = make_marked_plugin,
        clock: FakeClock | None = None,
    ) -> FakeHost:
        """One more workstation; it has received the key unless told otherwise."""
        data_dir = self.folder / name
        data_dir.mkdir(mode=0o700, exist_ok=True)
        key_file = data_dir / "connections.key"
        if with_key and not key_file.exists():
            shutil.copy(self.site.data_dir / "connections.key", key_file)
        return FakeHost(
            data_dir,
            plugins={"xero-connections": plugin()},
            settings={**self.site.plugin_settings, "database_url": self.url, "key_file": str(key_file)},
            browser=FakeBrowser(on_open=lambda address: self.site.decide(address)),
            clock=clock or FakeClock(auto_advance=True),
            host_id=f"id-{name}",
            host_name=f"Workstation {name}",
        )

    def stored(self) -> list[list[tuple[object, ...]]]:
        """Everything that is stored, but what hosts say about profiles."""
        tables = ("connections", "grants", "candidates", "data_keys", "installation", "leases")
        return [self.server.rows(self.url, f"SELECT * FROM {table} ORDER BY 1") for table in tables]


def subject(connection_id: ConnectionId) -> Subject:
    return Subject(kind=CONNECTION_KIND, subject_id=connection_id, label="Head office")


def companies(host: FakeHost, connection_id: ConnectionId) -> str:
    """What Xero answers to a session of that host."""
    session = host.hooks.open_session(connection_id)
    assert isinstance(session, HttpSession)
    with session:
        return asked(session)


def asked(session: HttpSession) -> str:
    answer = session.http.get(f"{session.base_url}Organisation", headers={"Accept": "application/json"})
    assert answer.status_code == 200, answer.status_code
    return str(answer.json()["Organisations"][0]["Name"])


def shown(host: FakeHost) -> list[str]:
    return [choice.label for choice in host.hooks.connection_choices(ChoiceQuery()).items]
