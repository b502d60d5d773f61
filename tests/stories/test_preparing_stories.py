"""What a person sees while it is made sure that a sign-in can be kept: a keychain may wait for its password."""

from __future__ import annotations

import socket
from pathlib import Path

from hostspec.testing import TabDriver
from tests.plugin.key_doubles import LockedKeyring
from tests.stories.capture_site import Site
from xero_connections_plugin.gateways.keys.keychain import Keychain
from xero_connections_plugin.plugin import XeroConnectionsPlugin


def site_with(store: LockedKeyring, data_dir: Path) -> Site:
    return Site(data_dir, plugin=lambda: XeroConnectionsPlugin(lambda _settings, _folder: Keychain(lambda: store)))


def preparing(site: Site, store: LockedKeyring) -> TabDriver:
    """A window whose Authorize waits for somebody to unlock the keychain."""
    tab = site.tab()
    site.fill_definition(tab, "Head office")
    tab.press("Authorize")
    assert tab.waiting.title == "Preparing the sign-in"
    assert "unlock" in tab.waiting.text
    assert store.asked.wait(10)
    return tab


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


def test_a_keychain_that_waits_for_its_password_is_said_in_the_window_and_the_sign_in_goes_on(tmp_path: Path) -> None:
    store = LockedKeyring()
    with site_with(store, tmp_path) as site:
        try:
            tab = preparing(site, store)
            tab.continue_once()
            assert tab.waiting.title == "Preparing the sign-in"
            assert len(site.host.browser.addresses) == 0
        finally:
            store.unlocked.set()
        tab.continue_until()
        assert tab.message.title == "Connection successful"


def test_a_sign_in_cancelled_before_the_keychain_was_unlocked_never_opens_the_browser(tmp_path: Path) -> None:
    store = LockedKeyring()
    with site_with(store, tmp_path) as site:
        try:
            tab = preparing(site, store)
            tab.press("Cancel")
            assert tab.dialog.title == "Connection Definition"
        finally:
            store.unlocked.set()
        prepared = next(task for task in site.host.tasks.started if task.name == "prepare sign-in")
        assert prepared.wait_until_done(10)
        assert len(site.host.browser.addresses) == 0
        assert is_free(site.callback_port)
        site.authorize(tab)
        assert tab.message.title == "Connection successful"
        assert len(site.host.browser.addresses) == 1


def test_a_definition_closed_before_the_keychain_was_unlocked_begins_no_sign_in(tmp_path: Path) -> None:
    store = LockedKeyring()
    with site_with(store, tmp_path) as site:
        try:
            tab = preparing(site, store)
            tab.press("Cancel")
            tab.press("Cancel")
            tab.press("Discard")
            assert tab.titles == []
        finally:
            store.unlocked.set()
        prepared = next(task for task in site.host.tasks.started if task.name == "prepare sign-in")
        assert prepared.wait_until_done(10)
        assert len(site.host.browser.addresses) == 0


def test_a_host_that_ends_while_the_keychain_waits_begins_no_sign_in(tmp_path: Path) -> None:
    store = LockedKeyring()
    with site_with(store, tmp_path) as site:
        try:
            preparing(site, store)
            site.host.hooks.shutdown()
        finally:
            store.unlocked.set()
        prepared = next(task for task in site.host.tasks.started if task.name == "prepare sign-in")
        assert prepared.wait_until_done(10)
        assert len(site.host.browser.addresses) == 0
        assert is_free(site.callback_port)
