"""``xero-connections doctor``: what is in order on this machine, and what is not."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

import click

from hostspec.errors import CaptureError
from xero_connections_plugin.cli.console import Console, examples, with_json
from xero_connections_plugin.cli.exit_codes import ExitCode

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xero_connections_plugin.gateways.checkup.checkup_findings import Finding
    from xero_connections_plugin.gateways.checkup.examination import Surroundings

_MARK_WIDTH: Final = 9


@click.command(
    epilog=examples(
        "xero-connections doctor",
        "xero-connections doctor --problems",
        "xero-connections --data-dir /srv/capture doctor --json --offline",
    )
)
@click.option("--problems", "only_bad", is_flag=True, help="Leave out what is in order.")
@click.option("--offline", is_flag=True, help="Ask no server of Xero's.")
@with_json
@click.pass_context
def doctor(ctx: click.Context, *, only_bad: bool, offline: bool) -> None:
    """Check key, database, ports, clock and network, and say what to do.

    Changes nothing and never hangs: every look has a limit of time. Ends with 0 when all is well, with 1 when something
    should be seen to, and with 8 when something does not work before it is mended.
    """
    from xero_connections_plugin.cli.texts import doctor_texts as texts
    from xero_connections_plugin.gateways.checkup.checkup_findings import Grade, worst
    from xero_connections_plugin.gateways.checkup.examination import examine

    console = ctx.ensure_object(Console)
    around, troubles = surroundings(console)
    findings = (*troubles, *examine(around, with_network=not offline))
    shown = [finding for finding in findings if not only_bad or finding.grade is not Grade.OK]
    say_findings(console, shown)
    counts = {grade: sum(finding.grade is grade for finding in findings) for grade in Grade}
    console.out.say(texts.summary(counts[Grade.WARNING], counts[Grade.PROBLEM]))
    grade = worst(findings)
    console.out.json({"worst": grade.value, "findings": [finding.model_dump(mode="json") for finding in shown]})
    ctx.exit(exit_code(grade is Grade.WARNING, grade is Grade.PROBLEM))


def exit_code(is_warned: bool, is_broken: bool) -> ExitCode:
    """What monitoring is told by the worst finding."""
    if is_broken:
        return ExitCode.FIX_SETTINGS
    return ExitCode.NOT_DONE if is_warned else ExitCode.FINE


def surroundings(console: Console) -> tuple[Surroundings, tuple[Finding, ...]]:
    """What the installation is told by, whatever of it is broken."""
    from hostspec.hosting import SystemClock
    from xero_connections_plugin.cli.texts import doctor_texts as texts
    from xero_connections_plugin.gateways.checkup.checkup_findings import problem
    from xero_connections_plugin.gateways.checkup.checkup_texts import TELL_SUPPORT
    from xero_connections_plugin.gateways.checkup.examination import Surroundings

    settings: dict[str, str] = {}
    troubles: tuple[Finding, ...] = ()
    data_dir = console.data_dir
    if console.host:
        # Only the host knows where its data lie, so it is asked; it is closed before anything is looked at.
        try:
            with console.open_house() as opened:
                settings, data_dir = dict(opened.house.host.settings), opened.house.host.data_dir
        except CaptureError as trouble:
            troubles = (problem("host", texts.host_unusable(str(trouble)), TELL_SUPPORT),)
    return (
        Surroundings(
            host=settings,
            environment=dict(os.environ),
            data_dir=data_dir.absolute() if data_dir is not None else None,
            clock=SystemClock(),
        ),
        troubles,
    )


def say_findings(console: Console, findings: Sequence[Finding]) -> None:
    """Each in a line, with what to do below it."""
    from xero_connections_plugin.cli.texts.doctor_texts import MARKS

    for finding in findings:
        console.out.say(f"{MARKS[finding.grade]:<{_MARK_WIDTH}}{finding.text}")
        for line in (*finding.copy_texts, *filter(None, (finding.remedy,))):
            console.out.say(f"{'':<{_MARK_WIDTH}}{line}")
