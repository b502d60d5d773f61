"""With which code does ``switch`` end where it came to a part only?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.cli.test_commands_on_the_list import carried
from xero_connections_plugin.cli.exit_codes import ExitCode

if TYPE_CHECKING:
    from tests.cli.console_site import ConsoleSite


@pytest.fixture
def stocked(site: ConsoleSite) -> ConsoleSite:
    """One connection."""
    result = site.run("import", "-", "--apply", text=carried("Head office"))
    assert result.exit_code == ExitCode.FINE, result.stderr
    return site


def test_an_undo_that_leaves_something_alone_is_not_told_as_done(stocked: ConsoleSite) -> None:
    half = stocked.run("switch", "Head office", "--undo", host="tests.cli.strict_host:make_half_undoing_host")
    assert (half.exit_code, "Left alone: Bills." in half.stderr) == (ExitCode.NOT_DONE, True)
    assert "Undone: 1 of 2." in half.stdout
