"""What other hosts hear about usages is what was so last, however many threads tell them."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import pytest

from hostspec.errors import StoreUnavailable
from hostspec.testing import FakeHost
from hostspec.usages import CONNECTION_KIND, Subject, Usage
from tests.plugin.memory_entries import MemoryEntryStore
from xero_connections_plugin.connections.publishing import Publishing

SUBJECT = Subject(kind=CONNECTION_KIND, subject_id="id-1")


class SlowStore(MemoryEntryStore):
    """Its first write takes until somebody lets it go on."""

    def __init__(self) -> None:
        super().__init__()
        self.writing = threading.Event()
        self.go_on = threading.Event()
        self.written: list[tuple[str, ...]] = []
        self.trouble: list[Exception] = []

    def publish_usages(self, *, host_id: str, host_name: str, usages: Sequence[Usage], seen_at: datetime) -> None:
        first = not self.writing.is_set()
        self.writing.set()
        if first:
            assert self.go_on.wait(10)
        if self.trouble:
            raise self.trouble.pop()
        self.written.append(tuple(usage.profile for usage in usages))


def test_a_change_during_a_publication_is_published_after_it(tmp_path: Path) -> None:
    host, store = FakeHost(tmp_path), SlowStore()
    publishing = Publishing(store, host)
    first = threading.Thread(target=publishing.publish)
    first.start()
    assert store.writing.wait(10)
    host.profiles.use(SUBJECT, profile="Invoices")
    publishing.publish()
    store.go_on.set()
    first.join(10)
    assert store.written == [(), ("Invoices",)]


def test_after_a_failure_the_next_round_publishes(tmp_path: Path) -> None:
    host, store = FakeHost(tmp_path), SlowStore()
    store.go_on.set()
    store.trouble = [StoreUnavailable("The disk is full.")]
    publishing = Publishing(store, host)
    with pytest.raises(StoreUnavailable):
        publishing.publish()
    host.profiles.use(SUBJECT, profile="Invoices")
    publishing.publish()
    assert store.written == [("Invoices",)]
