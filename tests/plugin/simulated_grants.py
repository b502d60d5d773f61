"""How does a keeper under test get a grant that a simulated Xero gave, and does Xero take its tokens?"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import httpx
from pydantic import SecretStr

from sample_host.xero_simulator.addresses import DEMO_CLIENT_ID
from tests.simulator.signed_in_client import exchange
from xero_connections_plugin.oauth.grant import Identity, TokenAnswer

if TYPE_CHECKING:
    from sample_host.xero_simulator.server import SimulatorServer
    from tests.plugin.keeper_process import Kept
    from xero_connections_plugin.oauth.grant import AccessToken, GrantId


def signed_in(kept: Kept, xero: SimulatorServer) -> GrantId:
    """A grant as a sign-in of Ada's leaves it."""
    given = exchange(xero)
    answer = TokenAnswer(
        access_token=SecretStr(given["access_token"]),
        refresh_token=SecretStr(given["refresh_token"]),
        expires_in=1800.0,
        scopes=tuple(given["scope"].split()),
        id_token=None,
        asked_at=datetime.now(UTC),
        server_date=None,
    )
    record = kept.keeper.adopt(answer, client_id=DEMO_CLIENT_ID, identity=Identity("ada"), requested_scopes=())
    return record.grant_id


def is_let_in(token: AccessToken, xero: SimulatorServer) -> bool:
    """Whether the simulator takes the token."""
    bearer = {"Authorization": f"Bearer {token.value.get_secret_value()}"}
    return httpx.get(xero.addresses.connections_url, headers=bearer).status_code == 200
