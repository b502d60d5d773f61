"""What was chosen with a deletion outlives the process that was to do it, and concerns nobody else's entry."""

from __future__ import annotations

from datetime import datetime

import pytest

from hostspec.errors import PluginFailed
from hostspec.providers import Connection
from hostspec.value import TypeId
from tests.contracts.test_entry_store_contract import NOW, entry
from tests.plugin.test_removal import ADA, ID, OFFICE, Killed, Office, Plain, Remembering

MAILBOX = entry("A mailbox").model_copy(update={"type_id": TypeId("mailbox")})


class Confused(Remembering):
    """One that fails to note anything."""

    def note_choices(self, connection: Connection, choices: frozenset[str], by: str, asked_at: datetime) -> None:
        raise ValueError("a mistake of this provider")


def killed_after_hiding(office: Office, *connections: Connection) -> None:
    """Processes ended right after they had hidden these entries, with a choice each."""
    office.dies_at = "removal: hidden"
    for one in connections:
        with pytest.raises(Killed):
            office.removal.remove(one.connection_id, frozenset({"cut"}), actor=ADA)
    office.dies_at = ""


@pytest.mark.parametrize("keep_days", [7, 0])
def test_a_kill_right_after_the_deletion_leaves_the_choice_to_the_next_process(keep_days: int) -> None:
    office = Office(Remembering(), keep_days=keep_days)
    office.dies_at = "removal: hidden"
    with pytest.raises(Killed):
        office.removal.remove(ID, frozenset({"cut"}), actor=ADA)
    assert office.provider.done == []
    office.removal.resume()
    office.removal.resume()
    assert office.provider.done == [f"note Head office ['cut'] by Ada at {NOW:%H:%M}"]
    office.deleted.wipe_old()
    assert len(office.deleted.all()) == (1 if keep_days else 0)


def test_nothing_is_wiped_before_its_provider_knows_what_was_chosen() -> None:
    office = Office(Remembering(), keep_days=0)
    office.dies_at = "removal: hidden"
    with pytest.raises(Killed):
        office.removal.remove(ID, frozenset({"cut"}), actor=ADA)
    office.deleted.wipe_old()
    assert office.deleted.get(ID) is not None
    office.deleted.wipe(ID, actor=ADA)
    assert office.provider.done == [f"note Head office ['cut'] by Ada at {NOW:%H:%M}", "forget Head office []"]


def test_who_takes_an_entry_back_takes_back_what_was_chosen() -> None:
    office = Office(Remembering())
    office.dies_at = "removal: hidden"
    with pytest.raises(Killed):
        office.removal.remove(ID, frozenset({"cut"}), actor=ADA)
    office.deleted.take_back(ID, "Head office", actor=ADA)
    office.removal.resume()
    assert office.provider.done == []


@pytest.mark.parametrize("keep_days", [7, 0])
def test_who_takes_an_entry_back_while_it_is_being_deleted_takes_back_what_was_chosen(keep_days: int) -> None:
    office = Office(Remembering(), keep_days=keep_days)
    office.acts["removal: hidden"] = lambda: office.deleted.take_back(ID, "Head office", actor=ADA)
    assert office.removal.remove(ID, frozenset({"cut"}), actor=ADA) == ()
    assert office.provider.done == []
    assert office.entries.get(ID) is not None


@pytest.mark.parametrize("later", [None, Confused()])
def test_a_choice_that_cannot_be_handed_on_keeps_no_other_waiting(later: Plain | None) -> None:
    office = Office(Remembering(), keep_days=0)
    office.host.other = Remembering()
    office.entries.add(MAILBOX, name_key="a mailbox")
    killed_after_hiding(office, MAILBOX)
    office.clock.advance(60)
    killed_after_hiding(office, OFFICE)
    office.host.other = later
    office.removal.resume()
    assert [wish.connection.connection_id for wish in office.bin.wishes()] == [MAILBOX.connection_id]
    office.deleted.wipe_old()
    assert [one.connection.connection_id for one in office.deleted.all()] == [MAILBOX.connection_id]
    assert office.provider.done[-1] == "forget Head office []"


def test_an_entry_whose_choice_cannot_be_handed_on_is_not_wiped_and_others_are() -> None:
    office = Office(Remembering())
    office.host.other = Remembering()
    office.entries.add(MAILBOX, name_key="a mailbox")
    killed_after_hiding(office, MAILBOX, OFFICE)
    office.host.other = None
    office.deleted.wipe(ID, actor=ADA)
    assert office.provider.done == [f"note Head office ['cut'] by Ada at {NOW:%H:%M}", "forget Head office []"]
    with pytest.raises(PluginFailed):
        office.deleted.wipe(MAILBOX.connection_id, actor=ADA)
    assert office.deleted.get(MAILBOX.connection_id).connection == MAILBOX
    assert [wish.choices for wish in office.bin.wishes()] == [{"cut"}]
