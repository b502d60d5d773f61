"""The whole life of a connection on a machine without a screen: from the first sign-in to its deletion."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hostspec.value import ConnectionId
from sample_host.app import HostOptions, SampleHost
from sample_host.profiles import MigrationStep
from xero_connections_plugin.cli.exit_codes import ExitCode

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.console_site import ConsoleSite

HOST = "sample-host"


def test_a_connection_lives_from_its_first_sign_in_to_its_deletion_in_a_terminal(site: ConsoleSite) -> None:
    # Added, with the address carried to a browser elsewhere and back.
    running = site.begin("add", "Head office", *site.definition, "--no-browser", "--tenant", "Bakehouse Ltd", host=HOST)
    added = running.end(site.back(running.address()) + "\n")
    assert added.code == ExitCode.FINE, added.err
    assert added.out.startswith("Saved: Head office (")
    (head_office,) = site.told("list", host=HOST)
    assert (head_office["name"], head_office["company"], head_office["status"]) == (
        "Head office",
        "Bakehouse Ltd",
        "untested",
    )

    # Tested, renamed, looked at.
    assert site.finish("test", "Head office", host=HOST).code == ExitCode.FINE
    assert site.told("show", "head OFFICE", host=HOST)["status"] == "ready"
    assert site.run("rename", "Head office", "Headquarters", host=HOST).exit_code == ExitCode.FINE

    # A second one with its settings, and a sign-in of its own.
    running = site.begin("duplicate", "Headquarters", "Spare", "--no-browser", "--tenant", "Bakehouse Ltd", host=HOST)
    second = running.end(site.back(running.address()) + "\n")
    assert second.code == ExitCode.FINE, second.err

    # Used by a profile; then it cannot be deleted, with the host's word for it.
    use(site.data, head_office["id"])
    (used,) = site.told("usage", "Headquarters", host=HOST)["usages"]
    assert (used["profile"], used["enabled"]) == ("Supplier invoices", True)
    refused = site.run("delete", "Headquarters", "--yes", host=HOST)
    assert refused.exit_code == ExitCode.IN_USE
    assert "Supplier invoices" in refused.stderr

    # The profile is moved: looked at first, done, and taken back.
    plan = site.told("switch", "Headquarters", "Spare", host=HOST)
    assert plan["applied"] is False
    assert [one["stays"] for one in plan["usages"]] == [False]
    assert len(site.told("usage", "Headquarters", host=HOST)["usages"]) == 1
    done = site.told("switch", "Headquarters", "Spare", "--apply", host=HOST)
    assert done["applied"] is True
    assert site.told("usage", "Headquarters", host=HOST)["usages"] == []
    assert site.run("switch", "Spare", "--undo", host=HOST).exit_code == ExitCode.FINE
    assert len(site.told("usage", "Headquarters", host=HOST)["usages"]) == 1
    assert site.told("switch", "Headquarters", "Spare", "--apply", host=HOST)["applied"] is True

    # Signed in to once more, carried to a file, deleted.
    again = site.begin("authorize", "Spare", "--no-browser", host=HOST)
    assert again.end(site.back(again.address()) + "\n").code == ExitCode.FINE
    file = site.folder / "connections.json"
    assert site.run("export", "--output", str(file), host=HOST).exit_code == ExitCode.FINE
    deleted = site.run("delete", "Headquarters", "--yes", host=HOST)
    assert deleted.exit_code == ExitCode.FINE, deleted.stderr
    assert [one["name"] for one in site.told("list", host=HOST)] == ["Spare"]

    # All of it is written down, with who did it.
    told = [(one["what"], one["connection"]) for one in site.told("history", host=HOST)]
    for what in ("Added", "Tested", "Renamed", "Duplicated", "Profiles switched", "Signed in", "Exported", "Deleted"):
        assert what in [one for one, _ in told], told


def use(data: Path, connection_id: str) -> None:
    """Let a profile of the host use a connection, as a person does in the host."""
    host = SampleHost(HostOptions(data_dir=data, host_name="Capture", settings={}, entry_points=()))
    host.profiles.change(
        "supplier-invoices",
        lambda profile: profile.model_copy(
            update={
                "steps": tuple(
                    step.model_copy(update={"connection_id": ConnectionId(connection_id)})
                    if isinstance(step, MigrationStep)
                    else step
                    for step in profile.steps
                )
            }
        ),
    )
    host.stop(1.0)
