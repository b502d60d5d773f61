"""``xero-connections keep-alive``: what hosts do for idle sign-ins, on a machine where no host runs."""

from __future__ import annotations

import json
import re
import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import click

from hostspec.errors import CaptureError
from xero_connections_plugin.cli.console import Console, examples, with_json
from xero_connections_plugin.cli.exit_codes import ExitCode, worst
from xero_connections_plugin.cli.texts import upkeep_texts as texts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from xero_connections_plugin.cli.console_host import OpenHouse
    from xero_connections_plugin.cli.console_output import Json
    from xero_connections_plugin.cli.due_rounds import RoundReport

_UNITS: Final = {"m": 60, "h": 3600, "d": 86_400}
_SHORTEST: Final = 60
_LONGEST: Final = 7 * 86_400


def _seconds(_ctx: click.Context, _parameter: click.Parameter, value: str | None) -> int | None:
    if value is None:
        return None
    found = re.fullmatch(r"([1-9][0-9]{0,6})([mhd])", value.strip())
    seconds = int(found[1]) * _UNITS[found[2]] if found else 0
    if not _SHORTEST <= seconds <= _LONGEST:
        raise click.BadParameter(texts.every_wrong(value))
    return seconds


@click.command(
    "keep-alive",
    epilog=examples("xero-connections keep-alive", "xero-connections keep-alive --every 6h"),
)
@click.option("--every", metavar="TIME", callback=_seconds, help="Stay, and do it again after each 30m, 6h or 1d.")
@with_json
@click.pass_context
def keep_alive(ctx: click.Context, *, every: int | None) -> None:
    """Renew sign-ins that nobody uses, test connections that are due, and finish what was interrupted.

    For a machine where no host runs most of the time: Xero ends a sign-in that was not renewed for 60 days. Hosts may
    run beside it; nothing is renewed twice. Ends with 0 when all is well, 3 when a person has to sign in, 4 when Xero
    could not be reached, and 8 when this machine lacks the key.
    """
    from xero_connections_plugin.cli.due_rounds import run_round

    console = ctx.ensure_object(Console)
    with _asked_to_stop() as stop, console.open_house() as opened:
        if not opened.house.stores.settings.keep_alive_days:
            console.out.note(texts.KEEP_ALIVE_OFF)
        if every is None:
            report = run_round(opened, stop)
            _tell(console, report)
            console.out.json(_as_json(report))
            ctx.exit(_code(report))
        while not stop.is_set():
            _go_round(console, opened, stop)
            stop.wait(every)
        console.out.note(texts.ENDED)


def _go_round(console: Console, opened: OpenHouse, stop: threading.Event) -> None:
    """One of many: what fails is told, and tried again the next time."""
    from xero_connections_plugin.cli.due_rounds import run_round

    try:
        report = run_round(opened, stop)
    except CaptureError as trouble:
        console.out.note(str(trouble))
        return
    _tell(console, report)
    if console.out.as_json:
        console.out.write(json.dumps(_as_json(report), ensure_ascii=False) + "\n")


@contextmanager
def _asked_to_stop() -> Iterator[threading.Event]:
    """Set by SIGTERM, so that what is under way comes to its end: a renewal that is cut off costs a repetition."""
    stop = threading.Event()
    before = signal.signal(signal.SIGTERM, lambda _number, _frame: stop.set())
    try:
        yield stop
    finally:
        signal.signal(signal.SIGTERM, before)


def _tell(console: Console, report: RoundReport) -> None:
    console.out.say(texts.kept_alive(report.renewed) if report.renewed else texts.KEPT_ALIVE_NONE)
    if report.due:
        console.out.note(texts.still_due(report.due))
    if report.key_problem is not None:
        console.out.note(str(report.key_problem))
    if report.sign_in_needed:
        console.out.note(texts.needs_people(report.sign_in_needed))


def _code(report: RoundReport) -> ExitCode:
    codes = {
        ExitCode.FIX_SETTINGS: report.key_problem is not None,
        ExitCode.SIGN_IN_NEEDED: bool(report.sign_in_needed),
        ExitCode.TRY_LATER: bool(report.due or report.unreachable),
    }
    return worst(code for code, applies in codes.items() if applies)


def _as_json(report: RoundReport) -> Json:
    return {
        "renewed": report.renewed,
        "still_due": report.due,
        "sign_in_needed": list(report.sign_in_needed),
        "key_problem": report.key_problem.code if report.key_problem is not None else None,
        "unreachable": report.unreachable,
    }
