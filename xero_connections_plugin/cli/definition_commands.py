"""``add``, ``edit``, ``duplicate`` and ``authorize``: the Connection Definition."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from hostspec.forms import ChoiceField
from hostspec.hosting.form_values import fields_of
from hostspec.ui import ShowDialog
from xero_connections_plugin.cli.command_ends import ToldByTab
from xero_connections_plugin.cli.console import Console, examples, with_json, with_yes
from xero_connections_plugin.cli.definition_options import definition_options, named_secrets, typed_fields
from xero_connections_plugin.cli.definition_run import Filling, complete
from xero_connections_plugin.cli.entry_rows import as_json, find_row, statuses
from xero_connections_plugin.cli.name_argument import name_argument
from xero_connections_plugin.cli.sign_in_options import SignInOptions, sign_in_options, signing_in
from xero_connections_plugin.cli.step_answers import settle
from xero_connections_plugin.cli.texts import definition_texts as texts

if TYPE_CHECKING:
    from xero_connections_plugin.cli.console_host import OpenHost
    from xero_connections_plugin.cli.tab_window import TabWindow

_TYPE_FIELD = "type_id"


@click.command(
    epilog=examples(
        "xero-connections add Head-office --client-id 0123456789ABCDEF0123456789ABCDEF",
        'xero-connections add "Head office" --client-id 01… --port 8889 --no-browser --tenant "Bakehouse Ltd"',
    )
)
@click.argument("name")
@click.option("--type", "type_id", default="", help="The connection type by its id or label, where there are several.")
@definition_options
@sign_in_options
@with_yes
@with_json
@click.pass_obj
def add(console: Console, /, *, name: str, type_id: str, **given: Any) -> None:
    """Add the connection NAME.

    The app is defined, somebody signs in to Xero, a company is chosen, and the connection is saved.
    """
    filling, options = _filling(given, name=name, authorize=None), _sign_in(given)
    with signing_in(console, options) as (host, window):
        step = settle(console, window, window.press("add"))
        if isinstance(step, ShowDialog) and window.dialog is not None and _TYPE_FIELD in window.dialog.values:
            _choose_type(console, window, type_id)
        _finish(console, host, window, filling)


@click.command(
    epilog=examples(
        "xero-connections edit Head-office --port 8889",
        "xero-connections edit Head-office --client-id 01… --authorize",
        'xero-connections edit Head-office --tenant "Bakehouse Ltd"',
        "xero-connections edit Inbox --secret password",
    )
)
@name_argument()
@click.option("--authorize/--no-authorize", default=None, help="Sign in as well; else only where it is necessary.")
@definition_options
@sign_in_options
@with_yes
@with_json
@click.pass_obj
def edit(console: Console, /, *, name: str, is_id: bool, authorize: bool | None, **given: Any) -> None:
    """Change the definition of the connection NAME.

    Fields that are not named stay as they are.
    """
    filling, options = _filling(given, authorize=authorize), _sign_in(given)
    with signing_in(console, options) as (host, window):
        _open(console, window, "edit", find_row(host, name, is_id=is_id).row_id)
        _finish(console, host, window, filling)


@click.command(
    epilog=examples(
        "xero-connections duplicate Head-office Branch",
        'xero-connections duplicate Head-office Branch --tenant "Bakehouse North"',
    )
)
@name_argument()
@click.argument("new_name", required=False)
@definition_options
@sign_in_options
@with_yes
@with_json
@click.pass_obj
def duplicate(console: Console, /, *, name: str, is_id: bool, new_name: str | None, **given: Any) -> None:
    """Add a connection like NAME.

    It begins with the settings of NAME, for another company as a rule, and needs a sign-in of its own.
    """
    filling, options = _filling(given, name=new_name, authorize=None), _sign_in(given)
    with signing_in(console, options) as (host, window):
        _open(console, window, "duplicate", find_row(host, name, is_id=is_id).row_id)
        _finish(console, host, window, filling)


@click.command(
    epilog=examples(
        "xero-connections authorize Head-office",
        "xero-connections authorize Head-office --no-browser",
        'xero-connections authorize Head-office --no-browser --tenant "Bakehouse Ltd" --yes',
    )
)
@name_argument()
@sign_in_options
@with_yes
@with_json
@click.pass_obj
def authorize(console: Console, /, *, name: str, is_id: bool, **given: Any) -> None:
    """Sign in to Xero for the connection NAME.

    The browser opens here; with --no-browser the address is printed instead, and the address of the page that the
    browser ended on is read from the terminal or from a pipe. Ctrl-C cancels, and the connection is left as it was.
    """
    options = _sign_in(given)
    with signing_in(console, options) as (host, window):
        _open(console, window, "edit", find_row(host, name, is_id=is_id).row_id)
        _finish(console, host, window, Filling(tenant=options.tenant, authorize=True))


def _sign_in(given: dict[str, Any]) -> SignInOptions:
    return SignInOptions(no_browser=given["no_browser"], tenant=given["tenant"], wait=given["wait"])


def _filling(given: dict[str, Any], *, name: str | None = None, authorize: bool | None) -> Filling:
    secrets = named_secrets(given)
    return Filling(fields=typed_fields(given, name=name), secrets=secrets, tenant=given["tenant"], authorize=authorize)


def _open(console: Console, window: TabWindow, act: str, row_id: str) -> None:
    step = settle(console, window, window.press(act, row_id=row_id))
    if not isinstance(step, ShowDialog):
        raise ToldByTab(texts.SAVED_UNCHANGED)


def _choose_type(console: Console, window: TabWindow, wanted: str) -> None:
    opened = window.dialog
    if opened is None:
        return
    choice = next((one for one in fields_of(opened.dialog.form) if isinstance(one, ChoiceField)), None)
    options = choice.options if choice is not None else ()
    if wanted:
        found = [one.value for one in options if wanted.casefold() in {one.value.casefold(), one.label.casefold()}]
        if not found:
            raise ToldByTab(texts.no_type(wanted, tuple(one.value for one in options)))
        chosen = found[0]
    else:
        chosen = options[console.ask.choose(texts.CHOOSE_TYPE, [one.label for one in options], option="--type")].value
    window.set(_TYPE_FIELD, chosen)
    window.press(opened.dialog.primary.action_id)


def _finish(console: Console, host: OpenHost, window: TabWindow, filling: Filling) -> None:
    saved = complete(console, window, filling)
    if saved is None:
        return
    console.out.say(texts.saved(saved.label, saved.subject_id))
    if console.out.as_json:
        row = find_row(host, saved.subject_id, is_id=True)
        console.out.json(as_json(row, statuses(host).get(row.row_id)))
