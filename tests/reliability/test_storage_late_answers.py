"""An answer that cannot be saved comes late, and may be the only one that Xero still honors: housekeeping saves it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import SecretStr

from hostspec.errors import StoreUnavailable
from hostspec.testing import FakeClock
from sample_host.xero_simulator.server import SimulatorServer
from sample_host.xero_simulator.token_rotation import GraceReading
from tests.plugin.keeper_process import keeping
from tests.plugin.simulated_grants import is_let_in, signed_in
from xero_connections_plugin.oauth.grant import TokenAnswer
from xero_connections_plugin.oauth.grant_ports import LEASE_SECONDS
from xero_connections_plugin.oauth.token_ports import TokenEndpoint

AFTER_THE_GRACE = 40 * 60


class Line:
    """The way from a process to its store: as a checkpoint it is cut once Xero has answered, until it is mended."""

    def __init__(self) -> None:
        self._is_cut = self._is_mended = False

    def __call__(self, name: str) -> None:
        self._is_cut = self._is_cut or (name == "after Send" and not self._is_mended)
        if self._is_cut and name == "store:before-commit":
            raise StoreUnavailable("The list of connections cannot be reached.", code="STORE_UNREACHABLE")

    def mend(self) -> None:
        self._is_cut, self._is_mended = False, True


class Overtaken:
    """A token endpoint whose first request reaches Xero only after something else has happened."""

    def __init__(self, inner: TokenEndpoint) -> None:
        self._inner = inner
        self.before: Callable[[], object] | None = None

    def exchange(self, *, client_id: str, code: SecretStr, redirect_uri: str, verifier: SecretStr) -> TokenAnswer:
        return self._inner.exchange(client_id=client_id, code=code, redirect_uri=redirect_uri, verifier=verifier)

    def refresh(self, *, client_id: str, refresh_token: SecretStr) -> TokenAnswer:
        before, self.before = self.before, None
        if before is not None:
            before()
        return self._inner.refresh(client_id=client_id, refresh_token=refresh_token)

    def revoke(self, *, client_id: str, refresh_token: SecretStr) -> None:
        self._inner.revoke(client_id=client_id, refresh_token=refresh_token)


@pytest.mark.parametrize("reading", list(GraceReading))
@pytest.mark.parametrize("reaches_xero", ["first", "last"])
def test_c16_a_late_answer_that_lies_in_memory_alone_is_saved_by_housekeeping_and_keeps_the_sign_in(
    tmp_path: Path, reading: GraceReading, reaches_xero: str
) -> None:
    line, clock = Line(), FakeClock(datetime.now(UTC), auto_advance=True)
    slow: list[Overtaken] = []

    def slowly(inner: TokenEndpoint) -> TokenEndpoint:
        slow.append(Overtaken(inner))
        return slow[0]

    with (
        SimulatorServer() as xero,
        keeping(tmp_path, xero.origin, clock=clock, checkpoint=line, endpoint=slowly) as late,
        keeping(tmp_path, xero.origin, clock=clock) as other,
    ):
        xero.control.change(grace_reading=reading)
        grant = signed_in(late, xero)

        def somebody_else_renews() -> None:
            clock.advance(LEASE_SECONDS + 1)
            assert other.keeper.access_token(grant, refused=1).generation == 2

        if reaches_xero == "last":
            slow[0].before = somebody_else_renews
        with pytest.raises(StoreUnavailable, match="kept in memory"):
            late.keeper.access_token(grant, refused=1)
        if reaches_xero == "first":
            somebody_else_renews()
        line.mend()
        late.keeper.recover()
        # Nobody looks after this sign-in until the server takes no token twice any more.
        xero.control.advance(AFTER_THE_GRACE)
        clock.advance(AFTER_THE_GRACE)
        for keeper in (other.keeper, late.keeper):
            assert is_let_in(keeper.access_token(grant), xero)
        stored = other.store.read(grant)
        assert stored is not None
        assert (stored.candidates, stored.intent) == ((), None)
        # The answer that was late, that of the overtaking process, the one that was made of both, and today's.
        assert xero.control.state().refreshes == stored.record.generation == 4
