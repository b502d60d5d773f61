"""A display name that is taken is told while the form is filled in, long before Save."""

from pathlib import Path

from tests.stories.capture_site import Site


def test_a_taken_name_is_told_when_its_field_is_left_and_stays_told(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab = site.tab()
        site.add(tab, "Café Nord")
        tab.press("Add")
        tab.fill("Display name", " cafe\u0301 NORD ")
        assert "already a connection named" in tab.error_at("Display name")
        tab.fill("Port", "9000")
        assert "already a connection named" in tab.error_at("Display name")
        tab.fill("Display name", "Café Süd")
        assert tab.error_at("Display name") == ""


def test_nothing_is_said_about_a_name_before_it_is_typed(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab = site.tab()
        tab.press("Add")
        tab.fill("Port", "9000")
        tab.fill("Display name", "   ")
        assert tab.error_at("Display name") == ""


def test_an_entry_keeps_its_own_name_without_a_word(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab = site.tab()
        site.add(tab, "Head office")
        site.add(tab, "Branch")
        tab.row("Head office")
        tab.press("Edit")
        tab.fill("Display name", "HEAD office")
        assert tab.error_at("Display name") == ""
        tab.fill("Display name", "branch")
        assert "already a connection named" in tab.error_at("Display name")


def test_a_name_with_hidden_characters_is_told_at_once(tmp_path: Path) -> None:
    with Site(tmp_path) as site:
        tab = site.tab()
        tab.press("Add")
        tab.fill("Display name", "Head\u200b office")
        assert tab.error_at("Display name") != ""
