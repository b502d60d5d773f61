"""Two programs on one list, in a real browser: what one adds, uses, switches or deletes looks right in the other.

On SQLite two programs of one host share its folder; on PostgreSQL two hosts with folders of their own share a server.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from sample_host.demo_wiring import demo_settings
from tests.browser.connections_page import (
    PROFILE,
    add,
    dialog,
    looked_at,
    open_tab,
    press,
    press_on_row,
    row,
    step_of,
)
from tests.browser.demo_program import DemoProgram
from tests.browser.host_program import HostProgram
from tests.contracts.stores_under_test import DATABASES
from xero_connections_plugin.settings import ENVIRONMENT_PREFIX

pytestmark = pytest.mark.browser


@dataclass(frozen=True)
class Programs:
    """Two programs on one list."""

    front: DemoProgram
    back: HostProgram

    @property
    def are_one_host(self) -> bool:
        return self.front.data_dir == self.back.data_dir


@pytest.fixture(params=DATABASES)
def programs(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Programs]:
    shared = {}
    if request.param != "sqlite":
        shared["database_url"] = str(request.getfixturevalue("postgresql_url"))
    folder = tmp_path / "front"
    folder.mkdir()
    with DemoProgram(folder, "--host-name", "Front office", environment=_variables(shared)) as front:
        settings = {**demo_settings(front.data_dir, front.simulator_port), **shared}
        back = HostProgram(
            tmp_path / "back" if shared else front.data_dir,
            *("--host-name", "Back office", "--no-browser"),
            environment=_variables(settings),
        )
        with back:
            yield Programs(front, back)
        assert back.exit_code == 0
    assert front.exit_code == 0


def _variables(settings: dict[str, str]) -> dict[str, str]:
    return {f"{ENVIRONMENT_PREFIX}{name.upper()}": value for name, value in settings.items()}


@pytest.fixture
def other_page(page: Page) -> Page:
    """The other program's window."""
    there = page.context.new_page()
    there.set_default_timeout(15_000)
    page.set_default_timeout(15_000)
    return there


def open_usage(page: Page, program: HostProgram, name: str) -> Locator:
    open_tab(page, program, "Connections")
    press_on_row(page, name, "Usage")
    usage = dialog(page, "Usage")
    expect(usage).to_be_visible()
    return usage


def refusal(page: Page, program: HostProgram, name: str) -> Locator:
    open_tab(page, program, "Connections")
    press_on_row(page, name, "Delete")
    refused = page.get_by_role("alertdialog", name="This connection is in use")
    expect(refused).to_be_visible()
    return refused


def use(page: Page, program: HostProgram, label: str) -> None:
    """Choose a connection in the profile's step."""
    step = step_of(page, program)
    step.get_by_label("Connection").select_option(label=label)
    expect(step).to_contain_text("Writes to")
    expect(step.get_by_label("Connection").locator("option:checked")).to_have_text(label)


def test_what_one_adds_and_uses_is_seen_in_the_other_which_does_not_delete_it(
    page: Page, other_page: Page, programs: Programs
) -> None:
    front, back = programs.front, programs.back
    open_tab(other_page, back, "Connections")
    expect(other_page.get_by_text("No connections yet")).to_be_visible()
    open_tab(page, front, "Connections")
    add(page, front, "Head office", 1)
    open_tab(other_page, back, "Connections")
    expect(row(other_page, "Head office")).to_contain_text("Bakehouse Ltd")

    use(page, front, "Head office (Bakehouse Ltd)")
    refused = refusal(other_page, back, "Head office")
    expect(refused).to_contain_text(PROFILE if programs.are_one_host else f"{PROFILE} on Front office")
    looked_at(other_page, "the refusal")
    press(refused, "OK")
    expect(refused).to_have_count(0)
    usage = open_usage(other_page, back, "Head office")
    line = usage.get_by_role("row", name=PROFILE)
    if programs.are_one_host:
        expect(line).to_contain_text("This host")
    else:
        expect(line).to_contain_text("Front office")
        expect(line).to_contain_text(f"seen {datetime.now(UTC):%d %b %Y}")
        expect(line.get_by_role("checkbox")).to_be_disabled()
    looked_at(other_page, "who uses it")

    step = step_of(page, front)
    step.get_by_label("Connection").select_option(index=0)
    expect(step).to_contain_text("Nothing can be posted until one is chosen.")
    open_tab(other_page, back, "Connections")
    press_on_row(other_page, "Head office", "Delete")
    question = other_page.get_by_role("alertdialog", name="Delete connection?")
    press(question, "Delete")
    expect(row(other_page, "Head office")).to_be_hidden()
    open_tab(page, front, "Connections")
    expect(page.get_by_text("No connections yet")).to_be_visible()
