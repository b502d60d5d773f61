"""A switch that another process carries out, or was killed in, as people see it in two programs of one host."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from hostspec.ui import Origin
from hostspec.usages import Subject, UsageSwitch
from sample_host.batches import BatchBook
from sample_host.host_usages import HostUsages
from sample_host.kept_data import HostData
from sample_host.profiles import STORAGE_KIND, ProfileBook
from sample_host.starting_data import STARTING_PROFILES
from sample_host.switch_journal import SwitchJournal
from sample_host.switch_work import SwitchWork
from sample_host.users import HostUser
from tests.browser.connections_page import dialog, looked_at, press
from tests.browser.host_program import HostProgram

pytestmark = pytest.mark.browser

ADMIN = Origin(user_id=HostUser.ADMINISTRATOR.user_id, user_name="Admin", window_id="window-1", is_local=True)
ARCHIVE, MAILROOM = (
    Subject(kind=STORAGE_KIND, subject_id=name, label=name.capitalize()) for name in ("archive", "mailroom")
)
PICTURES = "CAPTURE_TEST_PICTURES"
"""The environment names a folder for pictures here, for whoever wants to look."""


@pytest.fixture
def programs(tmp_path: Path) -> Iterator[tuple[HostProgram, HostProgram]]:
    """Two programs of one host: they share its folder."""
    options = ("--no-browser", "--without", "xero-connections")
    with HostProgram(tmp_path / "data", *options) as one, HostProgram(tmp_path / "data", *options) as other:
        yield one, other
    assert (one.exit_code, other.exit_code) == (0, 0)


@dataclass(frozen=True)
class ThirdProcess:
    """A further process of that host, which switches everything in the archive to the mailroom, and may be killed."""

    journal: SwitchJournal
    work: SwitchWork
    usages: HostUsages

    @classmethod
    def beside(cls, data_dir: Path) -> ThirdProcess:
        data = HostData(data_dir / "host.sqlite3", _now)
        ((_, host_id),) = data.bodies("host_id")
        usages = HostUsages(ProfileBook(data, STARTING_PROFILES), BatchBook(data), host_id, _now)
        return cls(SwitchJournal(data, secrets.token_hex, _now), SwitchWork(data_dir / "switching"), usages)

    @contextmanager
    def switching(self) -> Iterator[None]:
        """At work until the end of the block, and then as after a kill: nothing is written down any more."""
        switch_id = self.journal.new_id()
        with self.work.on(switch_id):
            mine = [usage for usage in self.usages.usages(STORAGE_KIND) if ARCHIVE.covers(usage.subject)]
            self.journal.begin(ADMIN, ARCHIVE, MAILROOM, mine, switch_id=switch_id)
            yield

    def move(self, profile: str) -> None:
        """Switch the one usage of a profile."""
        mine = [
            one for one in self.usages.usages(STORAGE_KIND) if one.profile == profile and ARCHIVE.covers(one.subject)
        ]
        ids = tuple(usage.usage_id for usage in mine)
        order = UsageSwitch(subject=ARCHIVE, target=MAILROOM, usage_ids=ids, user_id=ADMIN.user_id)
        assert [answer.switched for answer in self.usages.switch(order)] == [True]


def _now() -> datetime:
    return datetime.now(UTC)


def last_switch(page: Page, program: HostProgram, location: str) -> Locator:
    """What the dialog of a location says about the last switch."""
    if dialog(page, "Usage").count():
        # What is left open in this window opens again, some moments after the page was loaded.
        press(dialog(page, "Usage"), "Close")
        expect(dialog(page, "Usage")).to_have_count(0)
    page.goto(f"{program.address}/tabs/storage")
    page.get_by_role("row", name=location).click()
    press(page, "Usage")
    expect(dialog(page, "Usage")).to_be_visible()
    return dialog(page, "Usage").locator("[id$='-last']")


def look(page: Page, name: str) -> None:
    """Nothing for axe to find, nothing sticks out."""
    looked_at(page, name)
    if folder := os.environ.get(PICTURES):
        page.screenshot(path=Path(folder) / f"{name.replace(' ', '-')}.png")


def test_a_switch_of_another_process_is_under_way_and_then_interrupted_and_is_put_aside_finished_or_undone(
    page: Page, programs: tuple[HostProgram, HostProgram]
) -> None:
    page.set_default_timeout(15_000)
    one, other = programs
    third = ThirdProcess.beside(one.data_dir)
    with third.switching():
        for program, location in ((one, "Archive"), (other, "Mailroom")):
            note = last_switch(page, program, location)
            expect(note).to_contain_text(
                "A switch of 3 from Archive to Mailroom is being carried out right now (Admin,"
            )
            expect(note.get_by_role("button")).to_have_count(0)
        look(page, "a switch under way")

    note = last_switch(page, one, "Archive")
    expect(note).to_contain_text("A switch of 3 from Archive to Mailroom was interrupted before it moved anything")
    expect(note.get_by_role("button", name="Finish…")).to_be_visible()
    look(page, "a switch that moved nothing")
    press(note, "Dismiss")
    expect(dialog(page, "Usage")).to_contain_text("Nothing had been switched.")
    expect(last_switch(page, other, "Archive")).to_have_count(0)

    with third.switching():
        third.move("Expenses 2025")
    note = last_switch(page, other, "Mailroom")
    expect(note).to_contain_text("A switch from Archive to Mailroom was interrupted: 1 of 3 moved (Admin,")
    expect(note).to_contain_text("Expenses 2025 (Store document) uses Mailroom.")
    expect(note).to_contain_text("Supplier invoices (Store document) uses Archive.")
    look(page, "an interrupted switch")
    press(note, "Finish…")
    usage = dialog(page, "Usage")
    expect(usage).to_contain_text("2 of 2 would be switched")
    look(page, "what finishes a switch")
    press(usage, "Switch")
    expect(usage).to_contain_text("2 of 2 switched to Mailroom.")

    note = last_switch(page, one, "Archive")
    expect(note).to_contain_text("Last switch: 3 from Archive to Mailroom (Admin,")
    look(page, "a finished switch")
    press(note, "Undo")
    expect(dialog(page, "Usage")).to_contain_text("Undone: 3 use Archive again.")
    look(page, "an undone switch")
    expect(last_switch(page, other, "Archive")).to_have_count(0)


def test_an_interrupted_undo_is_told_in_every_program_and_gone_on_with(
    page: Page, programs: tuple[HostProgram, HostProgram]
) -> None:
    page.set_default_timeout(15_000)
    one, other = programs
    third = ThirdProcess.beside(one.data_dir)
    with third.switching():
        for profile in ("Expenses 2025", "Supplier invoices"):
            third.move(profile)
    record = third.journal.last(ARCHIVE)
    assert record is not None
    third.journal.begin_undo(record)
    note = last_switch(page, other, "Mailroom")
    expect(note).to_contain_text("The undo of a switch from Archive to Mailroom was interrupted: 2 of 3 not back yet")
    expect(note.get_by_role("button", name="Finish…")).to_have_count(0)
    look(page, "an interrupted undo")
    press(note, "Undo")
    expect(dialog(page, "Usage")).to_contain_text("Undone: 2 use Archive again.")
    expect(last_switch(page, one, "Archive")).to_have_count(0)
