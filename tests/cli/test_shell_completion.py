"""What Tab does in a real shell, once the script of ``completion`` was read."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.cli.pseudo_terminal import PseudoTerminal
from tests.cli.test_commands_on_the_list import carried

if TYPE_CHECKING:
    from tests.cli.console_site import ConsoleSite


@pytest.fixture
def shell(site: ConsoleSite) -> PseudoTerminal:
    """A bash that has read the script, on a list of three connections."""
    imported = site.run("import", "-", "--apply", text=carried("Head office", "Branch", "Depot & more"))
    assert imported.exit_code == 0, imported.stderr
    script = site.folder / "completion.bash"
    printed = subprocess.run(site.arguments("completion", "bash"), capture_output=True, text=True, check=True)
    script.write_text(printed.stdout, "utf-8")
    # A folder with the name of a command must not be taken for one.
    (site.folder / "show").mkdir()
    environment = site.process_environment({"PS1": "ready> ", "XERO_CONNECTIONS_DATA_DIR": str(site.data)})
    environment["PATH"] = f"{Path(sys.executable).parent}:{environment['PATH']}"
    bash = shutil.which("bash")
    assert bash is not None
    terminal = PseudoTerminal([bash, "--norc", "--noprofile", "-i"], environment)
    terminal.enter(f"cd {site.folder}; source completion.bash; bind 'set enable-bracketed-paste off'; echo re''ad")
    terminal.wait_for("\nread")
    return terminal


def test_commands_and_names_are_completed_and_a_name_with_blanks_stays_one_word(shell: PseudoTerminal) -> None:
    with shell:
        shell.type("xero-connections sho\t")
        shell.wait_for("sho")
        shell.wait_for("w ")
        shell.type("Hea\t")
        shell.wait_for("Head\\ office")
        shell.enter("--json")
        assert shell.wait_for('"name"') == '"name": "Head office",'


@pytest.mark.parametrize(("typed", "completed"), [('"Hea', '"Head office"'), ("Dep", "Depot\\ \\&\\ more")])
def test_a_name_is_quoted_as_the_person_began(shell: PseudoTerminal, typed: str, completed: str) -> None:
    with shell:
        shell.type(f"xero-connections show {typed}\t")
        shell.wait_for(completed)
        shell.enter("--json")
        name = completed.strip('"').replace("\\", "")
        assert shell.wait_for('"name"') == f'"name": "{name}",'
