"""A whole life of a connection, watched: no secret of it is anywhere but where it belongs."""

from __future__ import annotations

import base64
import logging
import os
import sys
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

import pytest
import requests

from hostspec import CaptureError
from hostspec.testing import FakeHost, TabDriver
from hostspec.value import ConnectionId
from sample_host.xero_simulator.fault_presets import down
from sample_host.xero_simulator.faults import Reset, Stage, TokenError, Truncated
from tests.canaries import assert_no_leaks
from tests.stories.capture_site import Site
from tests.stories.wire_recorder import WireRecorder

OURS = ("xero_connections_plugin", "hostspec")


class Journals(threading.Thread):
    """Reads the journals of the database while they exist."""

    def __init__(self, folder: Path) -> None:
        super().__init__(name="journals")
        self._journal = folder / "xero-connections.sqlite3-journal"
        self._ended = threading.Event()
        self.read: set[bytes] = set()

    def run(self) -> None:
        while not self._ended.wait(0.001):
            try:
                self.read.add(self._journal.read_bytes())
            except FileNotFoundError:
                continue

    def end(self) -> bytes:
        self._ended.set()
        self.join()
        return b"".join(self.read)


def with_locals(problem: CaptureError) -> str:
    """An error as crash reports show it: its words, what led to it, and what stood in every frame of ours."""
    trace: TracebackType | None = problem.__traceback__
    while trace is not None and not any(name in trace.tb_frame.f_code.co_filename for name in OURS):
        trace = trace.tb_next
    told = traceback.TracebackException(type(problem), problem, trace, capture_locals=True)
    return "".join([*told.format(), str(problem), repr(problem), repr(problem.args), repr(vars(problem))])


@contextmanager
def tracing(host: FakeHost) -> Iterator[list[str]]:
    """Every hook call with its arguments and results, as pluggy traces them."""
    traced: list[str] = []
    host.manager.trace.root.setwriter(traced.append)
    undo = host.manager.enable_tracing()
    yield traced
    undo()
    host.manager.trace.root.setwriter(None)


class Life:
    """One run through everything that handles secrets, with all that was seen outside of the program."""

    def __init__(self, site: Site, recorder: WireRecorder) -> None:
        self.site = site
        self.recorder = recorder
        self.tab: TabDriver = site.tab()
        self.seen: list[str] = []
        self.addresses: list[str] = []

    def use(self, connection_id: ConnectionId) -> None:
        """Work as a step does; an error is kept with all that a crash report would show."""
        try:
            with self.site.session(connection_id) as session:
                prepared = session.http.prepare_request(_request(session.base_url + "Organisation"))
                session.http.get("Organisation")
                self.seen += [repr(one) for one in (session, session.http, session.http.headers, session.http.auth)]
                self.seen += [repr(prepared), repr(prepared.headers), repr(vars(session))]
        except CaptureError as problem:
            self.seen.append(with_locals(problem))

    def renew(self, connection_id: ConnectionId) -> None:
        """Use it after its token's end."""
        self.site.host.clock.advance(3600)
        self.site.xero.control.advance(3600)
        self.use(connection_id)

    def authorize(self) -> None:
        self.site.authorize(self.tab)
        self.tab.press("OK")

    def edit(self) -> None:
        self.tab.row("Head office")
        self.tab.press("Edit")

    def allow(self, address: str) -> None:
        self.addresses.append(address)
        self.recorder.learn_address(address)
        self.site.allow(address)

    def ignore(self, address: str) -> None:
        self.addresses.append(address)
        self.recorder.learn_address(address)

    def live(self) -> None:
        """Add, use, renew, fail, repair, revoke, delete."""
        site, tab, control = self.site, self.tab, self.site.xero.control
        site.decide = self.allow
        site.fill_definition(tab, "Head office")
        tab.fill("Additional scopes", "openid profile email")
        self.authorize()
        tab.press("Save")
        connection_id = ConnectionId(tab.results[-1].subject_id)
        self.use(connection_id)
        self.renew(connection_id)
        # The answer with the new tokens is lost; the old one is presented again.
        control.set_fault(Truncated(at="token", stage=Stage.AFTER))
        self.renew(connection_id)
        for outage in (down(at="token"), Reset(at="token", times=None), TokenError(at="token", error="invalid_client")):
            control.set_fault(outage)
            self.renew(connection_id)
            control.clear()
        # A sign-in that Xero refuses, one whose answer is unreadable, and one that is given up.
        for fault in (TokenError(at="token"), TokenError(at="token", error="invalid_client"), Truncated(at="token")):
            control.set_fault(fault)
            self.edit()
            self.authorize()
            tab.press("Cancel")
        site.decide = self.ignore
        self.edit()
        site.press_authorize(tab)
        # One that ends with a pasted address.
        tab.fill("Address of that page", site.xero.approve(tab.waiting.address, organisation="bakehouse"))
        tab.press("Use this address")
        tab.continue_until()
        tab.press("OK")
        tab.press("Save")
        site.decide = self.allow
        control.revoke(user="ada")
        self.renew(connection_id)
        self.edit()
        self.authorize()
        tab.press("Save")
        self.use(connection_id)
        tab.row("Head office")
        tab.press("Details")
        tab.press("Copy")
        tab.press("OK")
        site.host.hooks.maintain(5.0)
        tab.row("Head office")
        tab.press("Delete")
        tab.choose("At the other side", "Revoke the whole sign-in")
        tab.press("Delete")
        assert tab.rows == []
        self.use(connection_id)

    def shown(self) -> str:
        """All that windows have shown, without the sign-in addresses, which their own person may see."""
        text = "\n".join([*self.tab.transcript, self.tab.clipboard, self.tab.view.model_dump_json()])
        for address in self.addresses:
            text = text.replace(address, "")
        return text


def _request(address: str) -> requests.Request:
    return requests.Request("GET", address)


def test_i1_no_secret_leaves_its_place_in_the_life_of_a_connection(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    # Every statement and every row, too.
    caplog.set_level(logging.DEBUG, "sqlalchemy")
    data = tmp_path / "data"
    key_file = tmp_path / "explicit" / "connections.key"
    site = Site(data, settings={"key_file": str(key_file)})
    journals = Journals(data)
    with site, WireRecorder(site.xero.addresses) as recorder:
        host = site.make_host("host-b", settings={**recorder.settings(), "key_file": str(key_file)})
        with tracing(host) as traced, host:
            site.host.stop()
            site.host = host
            journals.start()
            try:
                life = Life(site, recorder)
                life.live()
            finally:
                journal = journals.end()
        key = key_file.read_bytes()
        secrets = {**recorder.secrets, "key in base64": base64.b64encode(key).decode(), "key in hex": key.hex()}
    kinds = {name.split()[0] for name in recorder.secrets}
    assert kinds == {"state", "nonce", "code", "code_verifier", "refresh_token", "access_token", "id_token"}
    assert len(secrets) > 30
    # The person's browser runs in this process too, in a thread of its own.
    logged = [record for record in caplog.records if record.threadName != "sign-in browser"]
    assert {"sqlalchemy", "urllib3"} <= {record.name.split(".")[0] for record in logged}
    formatter = logging.Formatter("%(name)s %(message)s")
    captured = capfd.readouterr()
    places: dict[str, str | bytes] = {
        "logs": "\n".join(formatter.format(record) + repr(record.args) for record in logged),
        "hook trace": "".join(traced),
        "windows": life.shown(),
        "errors and reprs": "\n".join(life.seen),
        "standard output": captured.out + captured.err,
        "arguments": "\0".join([*sys.argv, *sys.orig_argv]),
        "environment": repr(dict(os.environ)),
        "journals": journal,
        "tasks": repr([(task.name, vars(task)) for task in host.tasks.started]),
    }
    assert all(places[name] for name in ("logs", "hook trace", "windows", "errors and reprs", "journals"))
    for name, content in places.items():
        found = content if isinstance(content, bytes) else content.encode("utf-8", "surrogateescape")
        assert key not in found, name
        try:
            assert_no_leaks(content, secrets)
        except AssertionError as leaks:
            raise AssertionError(f"In {name}: {leaks}") from None
    assert_no_leaks(data, secrets)
    assert not [path for path in data.rglob("*") if path.is_file() and key in path.read_bytes()]


def test_the_recorder_knows_what_it_is_to_look_for(tmp_path: Path) -> None:
    with Site(tmp_path) as site, WireRecorder(site.xero.addresses) as recorder:
        with site.make_host("host-b", settings=recorder.settings()) as site.host:
            connection_id = site.add(site.tab(), "Head office")
            with site.session(connection_id) as session:
                session.http.get("Organisation")
                bearer = session.http.prepare_request(_request(session.base_url)).headers["Authorization"]
        assert bearer.removeprefix("Bearer ") in recorder.secrets.values()
        with pytest.raises(AssertionError, match="access_token"):
            assert_no_leaks(f"GET /?bearer={bearer[7:]}", recorder.secrets)
