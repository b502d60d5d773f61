"""``xero-connections key``: the key that seals the sign-ins."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from xero_connections_plugin.cli.console import Console, examples, with_json, with_yes
from xero_connections_plugin.cli.passphrases import passphrase, with_passphrase_file
from xero_connections_plugin.cli.texts import upkeep_texts as texts

if TYPE_CHECKING:
    from xero_connections_plugin.connections.history_events import Actor
    from xero_connections_plugin.gateways.keys.key_lines import KeyLine

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.group(
    epilog=examples(
        "xero-connections key status",
        "xero-connections key export keys.json",
        "xero-connections key import keys.json",
        "xero-connections key rotate",
    )
)
def key() -> None:
    """Look after the key that seals the sign-ins."""


@key.command(epilog=examples("xero-connections key status --json"))
@with_json
@click.pass_obj
def status(console: Console) -> None:
    """Show which keys there are, where they are kept, and what each has sealed.

    Ends with 0 when this machine can open everything, and with 8 when it cannot.
    """
    with console.open_house() as opened:
        found = opened.house.stores.keys.status()
    states = [_state(line, found.pending) for line in found.keys]
    if found.keys:
        rows = [
            (line.key_id, texts.key_state(state), texts.yes_or_no(line.here), str(line.rows))
            for line, state in zip(found.keys, states, strict=True)
        ]
        console.out.table(texts.KEY_HEADINGS, rows)
    else:
        console.out.say(texts.NO_KEYS)
    console.out.say(texts.kept_in(found.kept_in))
    console.out.json(
        {
            "installation": found.installation_id,
            "kept_in": found.kept_in,
            "problem": found.problem.code if found.problem is not None else None,
            "keys": [
                {"key": line.key_id, "state": state, "here": line.here, "sealed": line.rows}
                for line, state in zip(found.keys, states, strict=True)
            ],
        }
    )
    if found.problem is not None:
        raise found.problem


@key.command(epilog=examples("xero-connections key export keys.json", "xero-connections key export -f keys.json"))
@click.argument("file", type=_FILE)
@click.option("--replace", "-f", is_flag=True, help=texts.NOT_OVERWRITTEN)
@with_passphrase_file
@with_json
@click.pass_obj
def export(console: Console, *, file: Path, replace: bool, passphrase_file: Path | None) -> None:
    """Write the keys of this machine into FILE, which only a passphrase opens.

    For another workstation of the same list, or for a safe place: without any copy of the key, every connection needs a
    new sign-in.
    """
    secret = passphrase(console, passphrase_file, texts.PASSPHRASE, twice=True)
    with console.open_house() as opened:
        ids = opened.house.stores.keys.export(file.absolute(), secret, replace=replace, actor=_actor())
    console.out.say(texts.exported(ids, file))
    console.out.say(texts.EXPORT_IS_SECRET)
    console.out.json({"file": str(file.absolute()), "keys": list(ids)})


@key.command("import", epilog=examples("xero-connections key import keys.json"))
@click.argument("file", type=_FILE)
@with_passphrase_file
@with_json
@click.pass_obj
def import_(console: Console, *, file: Path, passphrase_file: Path | None) -> None:
    """Keep the keys in FILE on this machine, so that it can open the sign-ins."""
    secret = passphrase(console, passphrase_file, texts.PASSPHRASE_OF_FILE, twice=False)
    with console.open_house() as opened:
        ids = opened.house.stores.keys.import_(file.absolute(), secret, actor=_actor())
    console.out.say(texts.imported(ids))
    console.out.json({"keys": list(ids)})


@key.command(
    epilog=examples(
        "xero-connections key rotate",
        "xero-connections key rotate --begin     (several workstations: make the new key)",
        "xero-connections key rotate --switch    (when all of them have imported it)",
    )
)
@click.option("--begin", "step", flag_value="begin", help="Make a new key that seals nothing yet.")
@click.option("--switch", "step", flag_value="switch", help="Seal with the new key, and seal anew what there is.")
@click.option("--withdraw", "step", flag_value="withdraw", help="Give up a new key that nothing was sealed with.")
@with_json
@click.pass_obj
def rotate(console: Console, *, step: str | None) -> None:
    """Change the key for another one, while hosts go on working.

    A list that only this machine uses is changed in one go. Where several workstations share it, begin, export, import
    on every workstation, and then switch. What is interrupted goes on with the same command.
    """
    with console.open_house() as opened:
        keys, actor = opened.house.stores.keys, _actor()
        before = keys.active_key()
        match step:
            case "begin":
                key_id, told = (made := keys.begin_rotation(actor=actor)), texts.begun(made)
            case "withdraw":
                key_id, told = (gone := keys.withdraw(actor=actor)), texts.withdrawn(gone)
            case "switch":
                key_id, told = (new := keys.switch(actor=actor)), texts.switched(new, is_new=new != before)
                keys.reseal()
                keys.retire(actor=actor)
            case _:
                key_id, told = (new := keys.rotate(actor=actor)), texts.switched(new, is_new=new != before)
    console.out.say(told)
    console.out.json({"key": key_id, "step": step or "all"})


@key.command(epilog=examples("xero-connections key discard 0123456789abcdef"))
@click.argument("key_id", metavar="KEY")
@with_yes
@with_json
@click.pass_obj
def discard(console: Console, *, key_id: str) -> None:
    """Let a retired KEY go from this machine."""
    console.ask.confirm(texts.ask_discard(key_id))
    with console.open_house() as opened:
        opened.house.stores.keys.discard(key_id, actor=_actor())
    console.out.say(texts.discarded(key_id))
    console.out.json({"key": key_id})


def _state(line: KeyLine, pending: str | None) -> str | None:
    """A key that is to seal next is registered as one that only opens."""
    if line.state is None:
        return None
    return "pending" if line.key_id == pending else line.state.value


def _actor() -> Actor:
    """Who is at the terminal, as the history names them."""
    from hostspec.value import UserId
    from xero_connections_plugin.cli.console_host import user_name
    from xero_connections_plugin.connections.history_events import Actor

    return Actor(user_id=UserId(f"os:{user_name()}"), user_name=user_name())
