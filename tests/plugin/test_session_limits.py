import traceback
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from hostspec.errors import ProviderUnavailable
from hostspec.testing.fake_clock import FakeClock
from tests.canaries import assert_no_leaks, canary
from tests.plugin.self_signed import self_signed
from tests.plugin.session_builders import session_to
from tests.plugin.small_server import Said, SmallServer
from xero_connections_plugin.gateways.xero_calls.call_limiter import TenantCallLimiter

PROXY_PASSWORD = canary("proxy-password")
TOO_MANY_A_MINUTE = Said(429, headers={"X-Rate-Limit-Problem": "minute", "Retry-After": "7"})


def test_a_minute_limit_is_waited_for_and_the_call_repeated() -> None:
    clock = FakeClock(auto_advance=True)
    with SmallServer(TOO_MANY_A_MINUTE, Said()) as server, session_to(server.origin, clock=clock) as session:
        assert session.http.put("Invoices", json={"a": 1}).ok
    assert clock.waits == [7.0]
    assert [call.body for call in server.calls] == [b'{"a": 1}'] * 2


def test_minute_limits_are_waited_for_sixty_seconds_in_all_and_then_surfaced() -> None:
    clock = FakeClock(auto_advance=True)
    slow = Said(429, headers={"X-Rate-Limit-Problem": "appminute", "Retry-After": "25"})
    with (
        SmallServer(slow) as server,
        session_to(server.origin, clock=clock) as session,
        pytest.raises(ProviderUnavailable, match="per minute") as caught,
    ):
        session.http.get("Contacts")
    assert (caught.value.code, caught.value.retry_after) == ("RATE_LIMITED", 25.0)
    assert clock.waits == [25.0, 25.0]


def test_a_minute_limit_without_a_time_is_tried_a_few_times_only() -> None:
    clock = FakeClock(auto_advance=True)
    vague = Said(429, headers={"X-Rate-Limit-Problem": "Minute"})
    with SmallServer(vague) as server, session_to(server.origin, clock=clock) as session:
        with pytest.raises(ProviderUnavailable):
            session.http.get("Contacts")
        assert len(server.calls) == 5
    assert clock.waits == [1.0, 2.0, 4.0, 8.0]


def test_a_day_limit_is_surfaced_at_once_with_its_end() -> None:
    clock = FakeClock(auto_advance=True)
    day = Said(429, headers={"X-Rate-Limit-Problem": "day", "Retry-After": "14400"})
    with SmallServer(day) as server, session_to(server.origin, clock=clock) as session:
        with pytest.raises(ProviderUnavailable, match="in 4 hours") as caught:
            session.http.get("Contacts")
        assert len(server.calls) == 1
    assert (caught.value.code, caught.value.retry_after, clock.waits) == ("RATE_LIMITED", 14400.0, [])


@pytest.mark.parametrize("headers", [{"Retry-After": "5"}, {}])
def test_a_day_limit_is_never_slept_on_not_even_shortly(headers: dict[str, str]) -> None:
    day = Said(429, headers={"X-Rate-Limit-Problem": "Day", **headers})
    with SmallServer(day, Said()) as server, session_to(server.origin) as session:
        with pytest.raises(ProviderUnavailable, match="per day"):
            session.http.get("Contacts")
        assert len(server.calls) == 1


def test_the_limit_on_calls_at_once_is_tried_again_shortly() -> None:
    clock = FakeClock(auto_advance=True)
    busy = Said(429, headers={"X-Rate-Limit-Problem": "concurrent"})
    with SmallServer(busy, busy, Said()) as server, session_to(server.origin, clock=clock) as session:
        assert session.http.put("Invoices", json={}).ok
    assert clock.waits == [0.5, 1.0]


def test_a_limited_call_whose_body_is_used_up_is_surfaced_instead_of_sent_empty() -> None:
    def pieces() -> Iterator[bytes]:
        yield b"PDF"

    with SmallServer(TOO_MANY_A_MINUTE, Said()) as server, session_to(server.origin) as session:
        with pytest.raises(ProviderUnavailable, match="per minute"):
            session.http.put("Invoices/1/Attachments/a.pdf", data=pieces())
        assert len(server.calls) == 1


def test_reads_are_repeated_briefly_through_an_outage() -> None:
    clock = FakeClock(auto_advance=True)
    limiter = TenantCallLimiter(limit=1, patience=0)
    with (
        SmallServer(Said(503), Said(hangs_up=True), Said()) as server,
        session_to(server.origin, clock=clock, limiter=limiter) as session,
    ):
        assert session.http.get("Contacts").ok
    assert clock.waits == [0.5, 1.0]


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_an_outage_that_lasts_is_xero_down(status: int) -> None:
    page = Said(status, b"<html>out of order</html>", {"Content-Type": "text/html"})
    with SmallServer(page) as server, session_to(server.origin) as session:
        with pytest.raises(ProviderUnavailable, match=str(status)) as caught:
            session.http.get("Contacts")
        assert len(server.calls) == 3
    assert caught.value.code == "XERO_DOWN"
    assert "html" not in str(caught.value)


def test_an_outage_that_names_its_end_is_surfaced_with_it() -> None:
    with SmallServer(Said(503, headers={"Retry-After": "30"})) as server, session_to(server.origin) as session:
        with pytest.raises(ProviderUnavailable) as caught:
            session.http.get("Contacts")
        assert len(server.calls) == 1
    assert caught.value.retry_after == 30


@pytest.mark.parametrize("said", [Said(500), Said(503), Said(hangs_up=True), Said(missing=5)])
def test_a_write_is_never_repeated_by_itself_and_its_outcome_is_called_unknown(said: Said) -> None:
    with SmallServer(said) as server, session_to(server.origin) as session:
        with pytest.raises(ProviderUnavailable, match="not known whether Xero took") as caught:
            session.http.put("Invoices", json={})
        assert len(server.calls) == 1
    assert caught.value.code == "XERO_DOWN"


def test_a_refused_connection_is_offline_and_nothing_was_sent() -> None:
    with SmallServer() as server:
        address = server.origin
    with session_to(address) as session, pytest.raises(ProviderUnavailable, match="Nothing was changed") as caught:
        session.http.put("Invoices", json={})
    assert caught.value.code == "OFFLINE"


def test_a_silent_server_is_given_up_unless_the_caller_sets_another_limit() -> None:
    with SmallServer() as server, session_to(server.origin) as session:
        for limit, seconds in ((None, 60.0), (5, 5.0)):
            with session.http.get("Contacts", stream=True, timeout=limit) as answer:
                connection = answer.raw.connection
                assert connection is not None
                assert connection.sock.gettimeout() == seconds


def test_a_proxy_that_refuses_is_named_and_its_password_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    with SmallServer() as proxy, session_to("https://api.xero.invalid/api.xro/2.0/") as session:
        monkeypatch.setenv("https_proxy", f"http://somebody:{PROXY_PASSWORD}@127.0.0.1:{proxy.port}")
        with pytest.raises(ProviderUnavailable, match="Nothing was changed") as caught:
            session.http.put("Invoices", json={})
    assert caught.value.code == "PROXY"
    shown = traceback.TracebackException.from_exception(caught.value)
    assert_no_leaks("".join(shown.format()), {"proxy password": PROXY_PASSWORD})


def test_a_certificate_that_is_not_trusted_stops_the_call_before_anything_is_sent(tmp_path: Path) -> None:
    with SmallServer(certificate=self_signed(tmp_path)) as server, session_to(server.origin) as session:
        with pytest.raises(ProviderUnavailable, match="REQUESTS_CA_BUNDLE") as caught:
            session.http.put("Invoices", json={})
        assert server.calls == []
    assert caught.value.code == "TLS_UNTRUSTED"


def test_a_companys_own_certificate_authority_is_honored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    certificate = self_signed(tmp_path)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    with SmallServer(certificate=certificate) as server, session_to(server.origin) as session:
        assert session.http.get("Contacts").ok
        assert session.http.send(requests.Request("GET", server.origin).prepare()).ok


def test_a_body_that_breaks_off_is_read_again() -> None:
    clock = FakeClock(auto_advance=True)
    limiter = TenantCallLimiter(limit=1, patience=0)
    with (
        SmallServer(Said(missing=5), Said(body=b"whole")) as server,
        session_to(server.origin, clock=clock, limiter=limiter) as session,
    ):
        assert session.http.get("Contacts").content == b"whole"
    assert clock.waits == [0.5]


@pytest.mark.parametrize("stream", [False, True])
def test_bodies_that_keep_breaking_off_are_an_outage_and_free_their_slot(stream: bool) -> None:
    limiter = TenantCallLimiter(limit=1, patience=0)
    broken = [Said(missing=5)] * (1 if stream else 3)
    with SmallServer(*broken, Said()) as server, session_to(server.origin, limiter=limiter) as session:
        with pytest.raises(ProviderUnavailable) as caught:
            assert session.http.get("Contacts", stream=stream).content
        assert caught.value.code == "XERO_DOWN"
        assert session.http.get("Contacts").ok
