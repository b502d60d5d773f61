"""Two hosts in two processes share one list, and renew a token once between them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from hostspec.testing import FakeClock
from sample_host.xero_simulator.faults import Slow
from tests.stories.capture_site import Site
from tests.stories.host_process import HostProcess

THREADS = 8


@pytest.mark.parametrize("noticed", ["by the clock", "by Xero's refusal"])
def test_two_processes_that_need_a_token_at_the_same_moment_cause_one_refresh(tmp_path: Path, noticed: str) -> None:
    # Signed in an hour ago by the clock of the host, so that the processes find the token old by theirs.
    ago = timedelta(hours=1 if noticed == "by the clock" else 0)
    with Site(tmp_path) as site, site.make_host("host-b", clock=FakeClock(datetime.now(UTC) - ago)) as site.host:
        connection_id = site.add(site.tab(), "Head office")
        if noticed != "by the clock":
            site.xero.control.expire_access_tokens()
        # The winner is held up, so that everybody comes while it works.
        site.xero.control.set_fault(Slow(at="token", seconds=1.0))
        processes = [HostProcess(tmp_path, site.xero.origin, connection_id, threads=THREADS) for _ in range(2)]
        try:
            for process in processes:
                process.begin()
            assert [process.answers() for process in processes] == [["200"] * THREADS] * 2
        finally:
            for process in processes:
                process.kill()
                process.communicate()
        state = site.xero.control.state()
        assert state.refreshes == 1
        assert sum(token.refused for token in state.tokens.values()) == 0
