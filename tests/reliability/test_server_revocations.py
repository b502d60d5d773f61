"""What becomes of a sign-in that is to be revoked, when Xero revokes it, is busy, will not, or is silent: b37."""

import threading
import time
from pathlib import Path

import pytest

from hostspec.messages import Notification
from hostspec.testing import FakeHost, TabDriver
from hostspec.value import Tone
from sample_host.xero_simulator.fault_presets import down
from sample_host.xero_simulator.faults import Answer, HttpFault, RateLimited, Reset, Slow, Stage, TokenError
from tests.plugin.small_server import Call
from tests.reliability.trouble import NAME, Office
from xero_connections_plugin.gateways.sign_in.token_endpoint import TOKEN_LIMITS
from xero_connections_plugin.oauth.grant import GrantState

BUSY = Answer(at="revocation", status=503, body="busy", headers={"Retry-After": "120"}, times=None)


def delete(site: Office, *, patience: float = 10.0) -> TabDriver:
    """Delete the entry and revoke its sign-in; wait so many real seconds for what comes of it."""
    tab = site.tab()
    tab.row(NAME)
    tab.press("Delete")
    tab.choose("At the other side", "Revoke the whole sign-in")
    tab.press("Delete")
    if tab.titles and tab.titles[-1] == "Deleting the connection":
        tab.continue_until(patience=patience)
    assert tab.rows == []
    return tab


def told_later(host: FakeHost) -> list[Notification]:
    """What was told to nobody in particular, after the background was looked after."""
    host.hooks.maintain(5.0)
    host.tasks.join()
    return [notice for notice in host.notifications.items if notice.notification_id.startswith("revoked-")]


def revoked(site: Office) -> bool:
    return all(grant.revoked for grant in site.xero.control.state().grants)


def test_b37_a_revocation_that_is_done_leaves_nothing_anywhere(tmp_path: Path, store_settings: dict[str, str]) -> None:
    with Office(tmp_path, store_settings) as site:
        tab = delete(site)
        assert tab.titles == []
        assert revoked(site)
        assert site.all_stored() == []
        assert told_later(site.host) == []


def test_b37_a_busy_xero_is_asked_again_at_its_time_and_that_is_told(
    tmp_path: Path, store_settings: dict[str, str]
) -> None:
    with Office(tmp_path, store_settings) as site:
        site.xero.control.set_fault(BUSY)
        tab = delete(site)
        assert "revoked as soon as Xero answers" in tab.message.text
        assert "Connected apps" in tab.message.text
        tab.press("OK")
        [kept] = site.all_stored()
        assert kept.record.state is GrantState.ENDING
        asked = site.requests("revocation")

        site.host.clock.advance(100)
        assert told_later(site.host) == []
        assert site.requests("revocation") == asked, "not before the time that Xero asked for"
        site.host.clock.advance(25)
        assert told_later(site.host) == []
        assert site.requests("revocation") == asked + 1
        assert not revoked(site)

        site.xero.control.clear()
        site.host.clock.advance(125)
        [notice] = told_later(site.host)
        assert (notice.title, notice.tone) == ("Sign-in revoked", Tone.GOOD)
        assert revoked(site)
        assert site.all_stored() == []
        assert told_later(site.host) == [notice], "once"


WEATHER: dict[str, HttpFault] = {
    "down": down(at="revocation"),
    "reset": Reset(at="revocation", times=None),
    "no answer": Reset(at="revocation", times=None, stage=Stage.AFTER),
    "limited": RateLimited(at="revocation", times=None, retry_after=7),
    "page": Answer(at="revocation", status=403, body="<html>no</html>", content_type="text/html", times=None),
}


@pytest.mark.parametrize("fault", WEATHER.values(), ids=WEATHER)
def test_b37_a_revocation_that_was_not_answered_is_finished_by_the_next_run(tmp_path: Path, fault: HttpFault) -> None:
    with Office(tmp_path) as site:
        site.xero.control.set_fault(fault)
        tab = delete(site)
        assert "revoked as soon as Xero answers" in tab.message.text
        tab.press("OK")
        # A day in which the sign-in of nobody would have been wiped.
        site.host.clock.advance(2 * 86400)
        site.host.hooks.maintain(5.0)
        site.host.tasks.join()
        assert len(site.all_stored()) == 1
        site.host.stop()
        site.xero.control.clear()
        with site.make_host("host-b", clock=site.host.clock) as site.host:
            site.host.tasks.join()
            assert revoked(site)
            assert site.all_stored() == []
            assert site.tab().rows == []


HANGS = 60.0
"""Seconds until a silent Xero would answer: more than anybody waits."""


@pytest.mark.parametrize("stage", Stage)
@pytest.mark.sweep(sample=1)
def test_b37_a_xero_that_is_silent_for_the_whole_time_is_told_and_asked_again(
    tmp_path: Path, store_settings: dict[str, str], stage: Stage
) -> None:
    """The thirty seconds pass for real: how long a request may take is no matter of the host's clock."""
    with Office(tmp_path, store_settings) as site:
        asked = site.requests("revocation")
        site.xero.control.set_fault(Slow(at="revocation", seconds=HANGS, stage=stage))
        began = time.monotonic()
        tab = delete(site, patience=HANGS)
        assert TOKEN_LIMITS.total <= time.monotonic() - began < HANGS
        assert "revoked as soon as Xero answers" in tab.message.text
        assert "Connected apps" in tab.message.text
        tab.press("OK")
        assert site.requests("revocation") == asked + 1
        assert revoked(site) is (stage is Stage.AFTER)
        [kept] = site.all_stored()
        assert kept.record.state is GrantState.ENDING

        assert told_later(site.host) == []
        site.host.clock.advance(65)
        [notice] = told_later(site.host)
        assert (notice.title, notice.tone) == ("Sign-in revoked", Tone.GOOD)
        assert site.requests("revocation") == asked + 2
        assert revoked(site)
        assert site.all_stored() == []
        assert told_later(site.host) == [notice], "once"


def test_b37_rounds_that_meet_while_xero_is_silent_ask_it_once(tmp_path: Path, store_settings: dict[str, str]) -> None:
    with Office(tmp_path, store_settings, relayed=("revocation_url",)) as site:
        site.xero.control.set_fault(BUSY)
        delete(site).press("OK")
        site.xero.control.clear()
        asked, goes_on = threading.Event(), threading.Event()

        def be_silent(_: Call) -> None:
            asked.set()
            assert goes_on.wait(25)

        site.relay.instead = be_silent
        before = len(site.relay.calls)
        site.host.clock.advance(125)
        site.host.hooks.maintain(5.0)
        assert asked.wait(25)
        site.host.hooks.maintain(5.0)
        [later] = [task for task in site.host.tasks.started if task.name == "look after sign-ins"][-1:]
        assert later.wait_until_done(20), "it need not wait for the one before it"
        assert len(site.relay.calls) == before + 1
        goes_on.set()
        [notice] = told_later(site.host)
        assert notice.title == "Sign-in revoked"
        assert len(site.relay.calls) == before + 1
        assert site.all_stored() == []


def test_b37_a_kind_of_token_that_xero_does_not_revoke_is_explained(
    tmp_path: Path, store_settings: dict[str, str]
) -> None:
    with Office(tmp_path, store_settings) as site:
        site.xero.control.set_fault(TokenError(at="revocation", error="unsupported_token_type", times=None))
        asked = site.requests("revocation")
        tab = delete(site)
        assert "could not be revoked" in tab.message.text
        assert "unsupported_token_type" in tab.message.text
        assert "Connected apps" in tab.message.text
        tab.press("OK")
        assert site.all_stored() == []
        assert told_later(site.host) == []
        assert site.requests("revocation") == asked + 1, "a refusal is not asked for again"


def test_b37_a_refusal_that_comes_later_is_told_with_what_to_do(tmp_path: Path) -> None:
    with Office(tmp_path) as site:
        site.xero.control.set_fault(BUSY)
        delete(site).press("OK")
        site.xero.control.clear()
        site.xero.control.set_fault(TokenError(at="revocation", error="invalid_client", status=401, times=None))
        site.host.clock.advance(125)
        [notice] = told_later(site.host)
        assert (notice.title, notice.tone) == ("Sign-in not revoked", Tone.WARNING)
        assert "Connected apps" in notice.text
        assert site.all_stored() == []


def test_b37_somebody_who_signs_in_again_meanwhile_keeps_the_new_sign_in(tmp_path: Path) -> None:
    with Office(tmp_path) as site:
        site.xero.control.set_fault(BUSY)
        delete(site).press("OK")
        site.xero.control.clear()
        site.connection_id = site.add(site.tab(), NAME)
        site.host.clock.advance(125)
        assert told_later(site.host) == []
        assert not revoked(site)
        assert site.stored().record.state is GrantState.ACTIVE
        site.works_again()


def test_b37_a_sign_in_that_died_unused_needs_no_revocation(tmp_path: Path) -> None:
    with Office(tmp_path) as site:
        site.xero.control.set_fault(BUSY)
        delete(site).press("OK")
        site.host.clock.advance(61 * 86400)
        asked = site.requests("revocation")
        told_later(site.host)
        assert site.requests("revocation") == asked
        assert site.all_stored() == []


def test_b37_a_process_killed_before_xero_was_asked_is_made_up_for(
    tmp_path: Path, store_settings: dict[str, str]
) -> None:
    with Office(tmp_path, store_settings) as site:
        site.leave_unchecked("I2", "a kill hides the entry before anybody can be told")
        site.leave_removal_unfinished()
        site.host.stop()
        with site.make_host("host-b") as site.host:
            site.host.tasks.join()
            assert revoked(site)
            assert site.all_stored() == []
            assert site.tab().rows == []
