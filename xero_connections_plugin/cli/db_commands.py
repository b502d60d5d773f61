"""``xero-connections db``: the tables and the file of the list."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from xero_connections_plugin.cli.console import Console, examples, with_json, with_yes
from xero_connections_plugin.cli.doctor_command import exit_code, say_findings, surroundings

if TYPE_CHECKING:
    from xero_connections_plugin.gateways.backups.store_restore import RestorePlan, StoreRestore
    from xero_connections_plugin.wiring import House

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.group(
    epilog=examples(
        "xero-connections db check",
        "xero-connections db backup /mnt/backup/connections.sqlite3",
        "xero-connections db restore /mnt/backup/connections.sqlite3",
    )
)
def db() -> None:
    """Check, upgrade, back up and restore the list of connections."""


@db.command(epilog=examples("xero-connections db check", "xero-connections db check --json"))
@with_json
@click.pass_context
def check(ctx: click.Context) -> None:
    """Read the whole list and say whether it is in order; changes nothing.

    Ends with 0 when all is well, with 1 when something should be seen to, and with 8 when it is damaged.
    """
    from xero_connections_plugin.gateways.checkup.checkup_findings import Grade, worst
    from xero_connections_plugin.gateways.checkup.examination import look_at_store
    from xero_connections_plugin.gateways.checkup.settings_look import look_at_settings

    console = ctx.ensure_object(Console)
    around, troubles = surroundings(console)
    set_up = look_at_settings(around.host, around.environment, around.data_dir)
    found = look_at_store(around, set_up, thorough=True).findings
    bad = [one for one in set_up.findings if one.grade is not Grade.OK]
    findings = (*troubles, *bad, *found)
    say_findings(console, findings)
    grade = worst(findings)
    console.out.json({"worst": grade.value, "findings": [one.model_dump(mode="json") for one in findings]})
    ctx.exit(exit_code(grade is Grade.WARNING, grade is Grade.PROBLEM))


@db.command(epilog=examples("xero-connections db upgrade"))
@with_json
@click.pass_obj
def upgrade(console: Console) -> None:
    """Make the tables, or bring them up to date; hosts do the same when they start."""
    from xero_connections_plugin.cli.texts import upkeep_texts as texts
    from xero_connections_plugin.gateways.store import schema

    before = _revision(console)
    with console.open_house() as opened:
        opened.house.stores.database.installation_id()
    if before == schema.HEAD:
        console.out.say(texts.UP_TO_DATE)
    else:
        console.out.say(texts.upgraded(before, schema.HEAD) if before is not None else texts.MADE)
    console.out.json({"before": before, "after": schema.HEAD})


@db.command(
    epilog=examples(
        "xero-connections db backup /mnt/backup/connections.sqlite3",
        "xero-connections db backup --replace nightly.sqlite3 --json",
    )
)
@click.argument("file", type=_FILE)
@click.option("--replace", is_flag=True, help="Overwrite a file that is there.")
@with_json
@click.pass_obj
def backup(console: Console, *, file: Path, replace: bool) -> None:
    """Copy the list into FILE, also while hosts use it.

    The copy holds definitions, names and sealed sign-ins, and not the key that opens them.
    """
    from xero_connections_plugin.cli.texts import upkeep_texts as texts
    from xero_connections_plugin.gateways.backups import backup_texts
    from xero_connections_plugin.gateways.backups.store_backup import back_up, dump_address
    from xero_connections_plugin.gateways.store.database import FILE_NAME

    with console.open_house() as opened:
        stores = opened.house.stores
        if stores.settings.database_url is not None:
            raise backup_texts.shared(backup_texts.dump_line(dump_address(stores.settings.database_url)))
        done = back_up(stores.data_dir / FILE_NAME, file.absolute(), replace=replace)
    console.out.say(texts.backed_up(done.connections, done.path, done.size))
    if done.key_ids:
        console.out.say(texts.backup_needs(done.key_ids))
    console.out.json(
        {
            "file": str(done.path),
            "bytes": done.size,
            "connections": done.connections,
            "keys": list(done.key_ids),
        }
    )


@db.command(epilog=examples("xero-connections db restore /mnt/backup/connections.sqlite3"))
@click.argument("file", type=_FILE)
@with_yes
@with_json
@click.pass_obj
def restore(console: Console, *, file: Path) -> None:
    """Put the backup FILE in the place of the list; no host may be running.

    Sign-ins that were renewed since the backup was made are taken over from the present list, because Xero takes each
    refresh token only once. The file that was there is kept beside it.
    """
    from xero_connections_plugin.cli.texts import upkeep_texts as texts

    with console.open_house() as opened:
        prepared = _restore(opened.house)
        with prepared.prepared(file.absolute()) as plan:
            for line in _plan_lines(plan):
                console.out.note(line)
            console.ask.confirm(texts.ASK_RESTORE)
            done = prepared.finish()
    console.out.say(texts.restored(done.kept_as))
    taken = plan.taken
    console.out.json(
        {
            "connections": plan.connections,
            "kept_as": str(done.kept_as) if done.kept_as is not None else None,
            "carried": taken.carried if taken is not None else 0,
            "may_need_sign_in": list(taken.lost if taken is not None else plan.signed_in),
            "dropped": list(taken.gone if taken is not None else ()),
        }
    )


def _restore(house: House) -> StoreRestore:
    from xero_connections_plugin.gateways.backups import backup_texts
    from xero_connections_plugin.gateways.backups.store_backup import dump_address
    from xero_connections_plugin.gateways.backups.store_restore import StoreRestore
    from xero_connections_plugin.gateways.store.database import FILE_NAME

    url = house.stores.settings.database_url
    if url is not None:
        raise backup_texts.shared(backup_texts.restore_line(dump_address(url)))
    return StoreRestore(house.stores.data_dir / FILE_NAME, house.host.clock, house.stores.presence.others)


def _plan_lines(plan: RestorePlan) -> list[str]:
    from xero_connections_plugin.cli.texts import upkeep_texts as texts

    lines = [texts.restore_holds(plan.connections)]
    if plan.taken is None:
        return [*lines, texts.restore_unknown(plan.signed_in)] if plan.signed_in else lines
    if plan.taken.carried:
        lines.append(texts.restore_carries(plan.taken.carried))
    lines.append(texts.restore_loses(plan.taken.lost) if plan.taken.lost else texts.NO_SIGN_INS_LOST)
    if plan.taken.gone:
        lines.append(texts.restore_drops(plan.taken.gone))
    return lines


def _revision(console: Console) -> str | None:
    """The stored revision, as it is before anything opens the store."""
    from xero_connections_plugin.gateways.checkup.examination import look_at_store
    from xero_connections_plugin.gateways.checkup.settings_look import look_at_settings

    around, _ = surroundings(console)
    return look_at_store(around, look_at_settings(around.host, around.environment, around.data_dir)).revision
