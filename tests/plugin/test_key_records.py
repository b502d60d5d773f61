"""Acts on keys stand in the history, with who did them; keys and passphrases never do."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from hostspec.value import UserId
from tests.plugin.key_machines import KeySite, key_site
from xero_connections_plugin.connections.history_events import Actor, EventKind
from xero_connections_plugin.gateways.keys.key_transfer import KeyTransferRefused
from xero_connections_plugin.gateways.keys.resealing import KeyRotationRefused

ADA = Actor(user_id=UserId("ada"), user_name="Ada")
PASSPHRASE = SecretStr("three quiet kettles")


@pytest.fixture
def site(tmp_path: Path) -> Iterator[KeySite]:
    with key_site(tmp_path) as made:
        yield made


def test_a_key_that_is_handed_on_is_told_at_both_machines(site: KeySite, tmp_path: Path) -> None:
    first, second = site.machine(), site.machine()
    first.fill(1)
    (key_id,) = first.care.export(tmp_path / "keys.json", PASSPHRASE, actor=ADA)
    second.care.import_(tmp_path / "keys.json", PASSPHRASE, actor=ADA)
    assert site.history.said == [
        (EventKind.KEY_EXPORTED, "Ada", f"Handed on in a file: key {key_id}."),
        (EventKind.KEY_CHANGED, "Ada", f"Taken from a file: key {key_id}."),
    ]


def test_a_change_of_the_key_is_told_step_by_step(site: KeySite) -> None:
    machine = site.machine()
    machine.fill(1)
    (old,) = machine.states()
    new = machine.care.begin_rotation(actor=ADA)
    machine.care.switch(actor=ADA)
    machine.care.reseal()
    machine.care.retire(actor=ADA)
    machine.care.discard(old, actor=ADA)
    assert site.history.said == [
        (EventKind.KEY_CHANGED, "Ada", f"Made, and seals once somebody switches to it: key {new}."),
        (EventKind.KEY_CHANGED, "Ada", f"Seals from now on: key {new}."),
        (EventKind.KEY_CHANGED, "Ada", f"Retired, since nothing is sealed with it any more: key {old}."),
        (EventKind.KEY_CHANGED, "Ada", f"Let go from this machine: key {old}."),
    ]


def test_a_change_in_one_go_is_told_as_its_steps_and_a_second_look_adds_nothing(site: KeySite) -> None:
    machine = site.machine()
    machine.fill(1)
    machine.care.begin_rotation(actor=ADA)
    machine.care.begin_rotation(actor=ADA)
    machine.care.rotate(actor=ADA)
    assert [text.partition(":")[0] for _, _, text in site.history.said] == [
        "Made, and seals once somebody switches to it",
        "Seals from now on",
        "Retired, since nothing is sealed with it any more",
    ]
    before = list(site.history.said)
    assert machine.care.retire(actor=ADA) == ()
    assert site.history.said == before


def test_a_change_that_is_finished_unasked_is_told_as_nobodys_and_once(site: KeySite) -> None:
    machine = site.machine()
    machine.fill(1)
    (old,) = machine.states()
    machine.care.begin_rotation(actor=ADA)
    machine.care.switch(actor=ADA)
    machine.care.continue_rotation()
    assert site.history.said[2:] == [
        (EventKind.KEY_CHANGED, "", f"Retired, since nothing is sealed with it any more: key {old}.")
    ]
    machine.care.continue_rotation()
    assert len(site.history.said) == 3


def test_a_key_that_is_withdrawn_is_told(site: KeySite) -> None:
    machine = site.machine()
    machine.fill(1)
    key_id = machine.care.begin_rotation(actor=ADA)
    machine.care.withdraw(actor=ADA)
    assert site.history.said[1:] == [
        (EventKind.KEY_CHANGED, "Ada", f"Withdrawn before anything was sealed with it: key {key_id}.")
    ]


def test_what_was_refused_is_not_told_as_done(site: KeySite, tmp_path: Path) -> None:
    machine = site.machine()
    machine.fill(1)
    (key_id,) = machine.states()
    with pytest.raises(KeyRotationRefused):
        machine.care.switch(actor=ADA)
    with pytest.raises(KeyRotationRefused):
        machine.care.discard(key_id, actor=ADA)
    with pytest.raises(KeyTransferRefused):
        machine.care.export(tmp_path / "keys.json", SecretStr("short"), actor=ADA)
    assert site.history.said == []
