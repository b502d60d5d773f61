"""Data directories as programs of all schema versions left them, kept as text beside this file.

``python -m tests.reliability.stored_version`` writes the one of the present schema: needed once for each revision, by
the program that introduces it. What is kept is never written anew, since old data do not change either.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import sqlite3
import sys
import tempfile
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

import requests

from hostspec.connections import ChoiceQuery, HttpSession
from hostspec.testing import FakeHost
from tests.plugin.keeper_process import keeping
from tests.reliability.left_overs import STORE
from tests.stories.capture_site import Site
from xero_connections_plugin.gateways.store.schema import HEAD
from xero_connections_plugin.oauth.grant import GrantId
from xero_connections_plugin.oauth.token_sealing import open_tokens

FOLDER: Final = Path(__file__).parent / "stored_versions"
KEY_FILE: Final = "connections.key"


@dataclass(frozen=True)
class StoredVersion:
    """What a data directory holds, told without its secrets: these by digest."""

    revision: str
    written_at: str
    entries: dict[str, str]
    """What each entry reaches, by display name."""
    access_tokens: dict[str, str]
    refresh_tokens: dict[str, str]
    """By grant id."""
    used_by: list[str]
    """Profiles of other hosts that point to "Head office"."""


def stored_versions() -> list[str]:
    """The revisions that are kept."""
    return sorted(path.stem for path in FOLDER.glob("*.sql"))


def load_stored_version(revision: str, folder: Path) -> StoredVersion:
    """Make the data directory of a revision, and tell what it holds."""
    folder.mkdir(mode=0o700, parents=True)
    with closing(sqlite3.connect(folder / STORE)) as database:
        database.executescript((FOLDER / f"{revision}.sql").read_text(encoding="utf-8"))
    (folder / STORE).chmod(0o600)
    key = folder / KEY_FILE
    key.touch(mode=0o600)
    key.write_bytes(bytes.fromhex((FOLDER / f"{revision}.key.hex").read_text(encoding="ascii")))
    return StoredVersion(**json.loads((FOLDER / f"{revision}.json").read_text(encoding="utf-8")))


def digest(secret: str) -> str:
    """By which a secret is recognized."""
    return hashlib.sha256(secret.encode()).hexdigest()


def bearers(host: FakeHost) -> dict[str, str]:
    """The digest of the bearer token of each entry's session, by display name."""
    found = {}
    for choice in host.hooks.connection_choices(ChoiceQuery()).items:
        with host.hooks.open_session(choice.connection_id) as session:
            assert isinstance(session, HttpSession)
            request = session.http.prepare_request(requests.Request("GET", session.base_url + "Organisation"))
            found[choice.label] = digest(str(request.headers["Authorization"]).removeprefix("Bearer "))
    return found


def refresh_tokens(
    folder: Path, origin: str, grant_ids: list[GrantId], database_url: str | None = None
) -> dict[str, str]:
    """The digest of the refresh token of each grant."""
    found = {}
    with keeping(folder, origin, database_url=database_url, data_key=folder / KEY_FILE) as kept:
        for grant_id in grant_ids:
            stored = kept.store.read(grant_id)
            assert stored is not None
            generation = stored.record.generation
            tokens = open_tokens(kept.vault, stored.sealed, grant_id=grant_id, generation=generation)
            found[str(grant_id)] = digest(tokens.refresh_token.get_secret_value())
    return found


def grants_in(folder: Path) -> list[GrantId]:
    """The ids of all grants."""
    with closing(sqlite3.connect(folder / STORE)) as database:
        return [GrantId(row[0]) for row in database.execute("SELECT grant_id FROM grants ORDER BY grant_id")]


def main() -> None:
    if HEAD in stored_versions():
        sys.exit(f"Revision {HEAD} is kept already; old data do not change.")
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "data"
        with Site(folder) as site:
            head_office = site.add(site.tab(), "Head office")
            site.organisation = "harbour"
            site.add(site.tab(), "Bücher & <Töne> 🎵", "Harbour")
            # A refreshed grant keeps its predecessor.
            site.host.clock.advance(3000)
            site.xero.control.advance(3000)
            site.session(head_office).close()
            site.use(head_office, profile="Supplier invoices")
            site.host.tasks.join()
            listed = site.host.hooks.connection_choices(ChoiceQuery()).items
            told = StoredVersion(
                revision=HEAD,
                written_at=site.host.clock.now().isoformat(),
                entries={choice.label: choice.subtitle for choice in listed},
                access_tokens=bearers(site.host),
                refresh_tokens=refresh_tokens(folder, site.xero.origin, grants_in(folder)),
                used_by=["Supplier invoices"],
            )
            site.host.stop()
            with closing(sqlite3.connect(folder / STORE)) as database:
                dump = "\n".join(database.iterdump())
        FOLDER.mkdir(exist_ok=True)
        (FOLDER / f"{HEAD}.sql").write_text(dump + "\n", encoding="utf-8")
        (FOLDER / f"{HEAD}.json").write_text(json.dumps(asdict(told), indent=2, ensure_ascii=False) + "\n", "utf-8")
        (FOLDER / f"{HEAD}.key.hex").write_text((folder / KEY_FILE).read_bytes().hex() + "\n", encoding="ascii")
        shutil.rmtree(folder)


def written_at(told: StoredVersion) -> datetime:
    """When the data directory was left, by its host's clock."""
    return datetime.fromisoformat(told.written_at)


if __name__ == "__main__":
    main()
