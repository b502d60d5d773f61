"""Sign-ins renewed from a command line: once, beside hosts, and until the system asks to stop."""

from __future__ import annotations

import json
import signal
import sqlite3
import subprocess
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.cli.operator_site import (
    PROGRAM,
    a_site,
    answer_of,
    operate,
    process_environment,
    settings_as_variables,
    store_of,
)
from tests.outside_programs import SYSTEMD
from tests.stories.capture_site import Site

DUE = timedelta(days=35)


def let_idle(site: Site, age: timedelta = DUE) -> None:
    """Let every sign-in of the list look as if nobody had renewed it for so long."""
    when = (datetime.now(UTC) - age).replace(tzinfo=None)
    fresh = datetime.now(UTC).replace(tzinfo=None)
    with closing(sqlite3.connect(store_of(site.data_dir))) as store, store:
        store.execute("UPDATE grants SET refreshed_at = ?", (str(when),))
        store.execute("UPDATE connections SET used_at = ?, tested_at = ?", (str(fresh), str(fresh)))


def generations(site: Site) -> list[int]:
    with closing(sqlite3.connect(store_of(site.data_dir))) as store:
        return [row[0] for row in store.execute("SELECT generation FROM grants")]


def variables_of(site: Site) -> dict[str, str]:
    return {**settings_as_variables(site), "XERO_CONNECTIONS_TEST_EVERY_DAYS": "0"}


def test_a_sign_in_that_is_due_is_renewed_once_however_often_it_is_run(tmp_path: Path) -> None:
    with a_site(tmp_path / "data", "Head office") as site:
        site.leave_unchecked("I4", "the wall clock of the command is another one than the host's")
        site.host.stop()
        let_idle(site)
        first = operate(site.data_dir, "keep-alive", "--json", variables=variables_of(site))
        assert (first.exit_code, answer_of(first)["renewed"]) == (0, 1)
        assert generations(site) == [2]
        again = operate(site.data_dir, "keep-alive", "--json", variables=variables_of(site))
        assert (again.exit_code, answer_of(again)["renewed"], generations(site)) == (0, 0, [2])


def test_two_runs_at_once_renew_nothing_twice(tmp_path: Path) -> None:
    with a_site(tmp_path / "data", "Head office") as site:
        site.leave_unchecked("I4", "the wall clock of the command is another one than the host's")
        site.host.stop()
        let_idle(site)
        running = [
            subprocess.Popen(
                [*PROGRAM, "--data-dir", str(site.data_dir), "keep-alive", "--json"],
                env=process_environment(variables_of(site)),
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
            for _ in range(2)
        ]
        done = [process.communicate(timeout=180) for process in running]
        assert [process.returncode for process in running] == [0, 0], done
        assert generations(site) == [2]


def test_monitoring_hears_that_a_person_has_to_sign_in(tmp_path: Path) -> None:
    with a_site(tmp_path / "data", "Head office") as site:
        site.leave_unchecked("I3", "the sign-in was made to look ended")
        site.leave_unchecked("I4", "the sign-in was made to look ended")
        site.host.stop()
        with closing(sqlite3.connect(store_of(site.data_dir))) as store, store:
            store.execute("UPDATE grants SET state = 'needs_sign_in', cause = 'REVOKED'")
        done = operate(site.data_dir, "keep-alive", "--json", variables=variables_of(site))
        assert (done.exit_code, answer_of(done)["sign_in_needed"]) == (3, ["Head office"])


def test_a_machine_without_the_key_says_so_whether_or_not_anything_is_due(tmp_path: Path) -> None:
    with a_site(tmp_path / "data", "Head office") as site:
        site.leave_unchecked("I4", "the wall clock of the command is another one than the host's")
        site.host.stop()
        other = {**variables_of(site), "XERO_CONNECTIONS_KEY_FILE": str(tmp_path / "none.key")}
        for age, due in ((timedelta(), 0), (DUE, 1)):
            let_idle(site, age)
            done = operate(site.data_dir, "keep-alive", "--json", variables=other)
            assert (done.exit_code, answer_of(done)["key_problem"]) == (8, "KEY_MISSING")
            assert answer_of(done)["still_due"] == due
            assert "Import the key" in done.stderr
            assert generations(site) == [1]


def test_one_that_stays_ends_cleanly_when_the_system_asks_for_it(tmp_path: Path) -> None:
    with a_site(tmp_path / "data", "Head office") as site:
        site.leave_unchecked("I4", "the wall clock of the command is another one than the host's")
        site.host.stop()
        let_idle(site)
        process = subprocess.Popen(
            [*PROGRAM, "--data-dir", str(site.data_dir), "keep-alive", "--every", "1h", "--json"],
            env=process_environment(variables_of(site)),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        report = json.loads(process.stdout.readline())
        assert report["renewed"] == 1
        process.send_signal(signal.SIGTERM)
        _, said = process.communicate(timeout=60)
        assert (process.returncode, "Ended as asked" in said) == (0, True)
        assert list((site.data_dir / "presence").glob("*.lock")) == []


@pytest.mark.parametrize("length", ["5s", "0h", "8d", "six hours", "90"])
def test_a_length_of_time_that_is_none_is_refused(tmp_path: Path, length: str) -> None:
    assert operate(tmp_path, "keep-alive", "--every", length).exit_code == 2


@pytest.mark.systemd
def test_the_unit_files_of_the_guide_are_taken_by_systemd(tmp_path: Path) -> None:
    guide = (Path(__file__).parents[2] / "docs" / "keep-alive.md").read_text(encoding="utf-8")
    blocks = [block.split("```")[0] for block in guide.split("```ini\n")[1:]]
    units = {block.splitlines()[0].removeprefix("# /etc/systemd/system/"): block for block in blocks}
    assert set(units) == {
        "xero-connections-keep-alive.service",
        "xero-connections-keep-alive.timer",
        "xero-connections-stay.service",
    }
    for name, text in units.items():
        (tmp_path / name).write_text(text.replace("/opt/xero-connections/bin/xero-connections", "/bin/true"))
    verifier = SYSTEMD.find()
    assert verifier is not None
    done = subprocess.run(
        [str(verifier), "verify", "--man=no", *(str(tmp_path / name) for name in units)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    told = [line for line in done.stderr.splitlines() if str(tmp_path) in line or "xero-connections" in line]
    assert (done.returncode, told) == (0, [])
