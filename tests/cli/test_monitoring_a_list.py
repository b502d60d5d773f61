"""What monitoring hears of a list by exit codes, and what it must not be told too late."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xero_connections_plugin.cli.exit_codes import ExitCode

if TYPE_CHECKING:
    from tests.cli.console_site import ConsoleSite


def test_a_machine_without_the_key_is_noticed_although_nobody_uses_a_connection(site: ConsoleSite) -> None:
    site.add("Head office")
    other = {"XERO_CONNECTIONS_KEY_FILE": str(site.folder / "other.key")}
    fine = site.run("list", "--attention")
    assert (fine.exit_code, "Head office" in fine.stdout) == (ExitCode.FINE, False)
    lacking = site.run("list", "--attention", environment=other)
    assert lacking.exit_code == ExitCode.FIX_SETTINGS
    assert "Head office" in lacking.stdout
    assert not (site.folder / "other.key").exists()
