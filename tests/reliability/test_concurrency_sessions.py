"""Many connections that are used at once in one process: each call goes out with the token of its own connection."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Final

from hostspec.value import ConnectionId
from tests.stories.capture_site import Site

COUNT: Final = 32


def _add(site: Site, number: int) -> ConnectionId:
    """A connection with an app of its own, which may see one company only: another's token is no good for it."""
    name, client_id = f"Company {number}", f"{number + 1:032X}"
    site.xero.control.register_app(client_id, [site.redirect_uri])
    site.organisation = site.xero.control.add_organisation(name, site.user)
    tab = site.tab()
    site.fill_definition(tab, name)
    tab.fill("Xero Client ID", client_id)
    site.authorize(tab)
    tab.press("OK")
    tab.choose("Tenant", next(label for label in tab.options("Tenant") if label.startswith(name)))
    tab.press("Save")
    return ConnectionId(tab.results[-1].subject_id)


def test_d2_connections_renewed_at_once_in_one_process_each_call_with_their_own_token(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        entries = _add_many(site)
        site.host.clock.advance(3600)
        _use_all(site, entries)


def test_d2_connections_refused_at_once_in_one_process_are_renewed_once_each(
    tmp_path: Path, store_settings: dict[str, str]
) -> None:
    with Site(tmp_path, settings=store_settings) as site:
        entries = _add_many(site)
        site.xero.control.expire_access_tokens()
        _use_all(site, entries)


def _add_many(site: Site) -> dict[ConnectionId, str]:
    return {_add(site, number): f"Company {number}" for number in range(COUNT)}


def _use_all(site: Site, entries: dict[ConnectionId, str]) -> None:
    """One call of each at the same moment."""
    before = {grant.client_id: grant.refreshes for grant in site.xero.control.state().grants}
    together = threading.Barrier(COUNT)
    reached: dict[ConnectionId, str] = {}

    def use(connection_id: ConnectionId) -> None:
        together.wait(60)
        with site.session(connection_id) as session:
            answer = session.http.get("Organisation")
            reached[connection_id] = answer.json()["Organisations"][0]["Name"]

    threads = [threading.Thread(target=use, args=(connection_id,)) for connection_id in entries]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert reached == entries
    after = site.xero.control.state()
    assert {grant.client_id: grant.refreshes - before[grant.client_id] for grant in after.grants} == dict.fromkeys(
        before, 1
    )
    assert sum(token.refused for token in after.tokens.values()) == 0
