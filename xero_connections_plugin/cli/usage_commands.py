"""``usage`` and ``switch``: who points to a connection, and moving them to another one. Only a real host knows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from hostspec.errors import NotAllowed
from hostspec.permissions import Permission
from hostspec.usages import CONNECTION_KIND, Subject
from xero_connections_plugin.cli.command_ends import CommandEnded, ToldByTab
from xero_connections_plugin.cli.console import Console, examples, with_json
from xero_connections_plugin.cli.entry_rows import find_row
from xero_connections_plugin.cli.exit_codes import ExitCode
from xero_connections_plugin.cli.name_argument import complete_name, name_argument
from xero_connections_plugin.cli.texts import act_texts as texts
from xero_connections_plugin.cli.texts import console_texts

if TYPE_CHECKING:
    from hostspec.tool_hosts import SwitchPlan, UsageSwitches
    from hostspec.usages import Usage
    from xero_connections_plugin.cli.console_host import OpenHost
    from xero_connections_plugin.cli.console_output import Json


@click.command(epilog=examples("xero-connections --host sample-host usage Head-office --json"))
@name_argument()
@with_json
@click.pass_context
def usage(ctx: click.Context, /, *, name: str, is_id: bool) -> None:
    """Show which profiles use the connection NAME.

    Needs --host. Ends with 1 where somebody did not answer, so that the list may be incomplete.
    """
    console = ctx.ensure_object(Console)
    _require_host(console)
    with console.open_host() as host:
        subject = _subject(host, name, is_id=is_id)
        if not host.services.is_allowed(host.origin.user_id, Permission.VIEW, subject):
            raise NotAllowed(texts.MAY_NOT_SEE)
        answers = host.services.hooks.usages(subject)
        if answers.items:
            console.out.table(texts.USAGE_HEADINGS, [_usage_row(one) for one in answers])
        else:
            console.out.note(texts.NOTHING_USES)
        if answers.failed:
            console.out.note(texts.incomplete(answers.failed))
        console.out.json({"usages": [_usage_json(one) for one in answers], "incomplete": bool(answers.failed)})
        if answers.failed:
            ctx.exit(ExitCode.NOT_DONE)


@click.command(
    epilog=examples(
        "xero-connections --host sample-host switch Head-office Branch",
        "xero-connections --host sample-host switch Head-office Branch --apply",
        "xero-connections --host sample-host switch Head-office Branch --usage profile-1 --apply",
        "xero-connections --host sample-host switch Branch --undo",
    )
)
@name_argument()
@click.argument("target", required=False, shell_complete=complete_name)
@click.option("--usage", "usage_ids", multiple=True, metavar="ID", help="Only this usage; may be repeated.")
@click.option("--apply", "is_applied", is_flag=True, help="Do it; else only what it would do is shown.")
@click.option("--undo", "is_undone", is_flag=True, help="Take back the last switch from or to NAME.")
@with_json
@click.pass_context
def switch(
    ctx: click.Context,
    /,
    *,
    name: str,
    is_id: bool,
    target: str | None,
    usage_ids: tuple[str, ...],
    is_applied: bool,
    is_undone: bool,
) -> None:
    """Move the profiles that use the connection NAME to TARGET.

    Needs --host. Without --apply nothing changes: the plan is shown, with everything that speaks against it.
    """
    console = ctx.ensure_object(Console)
    _require_host(console)
    if (target is None) is not is_undone:
        raise click.UsageError(texts.TARGET_MISSING)
    with console.open_host() as host:
        switches = host.switches
        if switches is None:
            raise ToldByTab(console_texts.NO_SWITCHES)
        subject = _subject(host, name, is_id=is_id)
        if target is None:
            plan = switches.undo(host.origin, subject)
        else:
            plan = _planned(host, switches, subject, _subject(host, target, is_id=is_id), frozenset(usage_ids))
            if is_applied and not plan.obstacles:
                plan = switches.apply(host.origin, plan)
        _print(console, plan)
        if not plan.obstacles and not plan.result:
            console.out.note(texts.DRY_RUN)
        # Of an undo the warnings name what it left alone.
        done_in_part = bool(plan.result) and (
            (is_undone and bool(plan.warnings)) or any(row.stays for row in plan.rows)
        )
        if plan.obstacles or done_in_part:
            ctx.exit(ExitCode.NOT_DONE)


def _planned(
    host: OpenHost, switches: UsageSwitches, subject: Subject, target: Subject, usage_ids: frozenset[str]
) -> SwitchPlan:
    known = {one.usage_id for one in host.services.hooks.usages(subject)}
    for one in usage_ids:
        if one not in known:
            raise ToldByTab(texts.no_usage(one))
    return switches.plan(host.origin, subject, target, usage_ids)


def _require_host(console: Console) -> None:
    if not console.host:
        raise CommandEnded(console_texts.NO_HOST, ExitCode.WRONG_USAGE)


def _subject(host: OpenHost, name: str, *, is_id: bool) -> Subject:
    row = find_row(host, name, is_id=is_id)
    return Subject(kind=CONNECTION_KIND, subject_id=row.row_id, label=row.label)


def _print(console: Console, plan: SwitchPlan) -> None:
    for sentence in (*plan.obstacles, *plan.warnings):
        console.out.note(sentence)
    if plan.target is not None:
        console.out.say(texts.switches(plan.subject.label, plan.target.label))
    if plan.rows:
        console.out.table(
            texts.PLAN_HEADINGS,
            [(row.usage.profile, row.usage.step, row.usage.host or texts.THIS_HOST, row.text) for row in plan.rows],
            tones=[row.tone.value for row in plan.rows],
        )
    if plan.result:
        console.out.say(plan.result)
    console.out.json(
        {
            "from": plan.subject.subject_id,
            "to": plan.target.subject_id if plan.target is not None else None,
            "applied": bool(plan.result),
            "result": plan.result or None,
            "obstacles": list(plan.obstacles),
            "warnings": list(plan.warnings),
            "usages": [
                {**_usage_json(row.usage), "stays": row.stays, "text": row.text, "state": row.tone.value}
                for row in plan.rows
            ],
        }
    )


def _usage_row(one: Usage) -> tuple[str, ...]:
    last = f"{one.last_used:%Y-%m-%d}" if one.last_used is not None else texts.NOTHING_KNOWN
    return (one.profile, one.step, "yes" if one.enabled else "no", one.host or texts.THIS_HOST, last, one.usage_id)


def _usage_json(one: Usage) -> dict[str, Json]:
    return {
        "id": one.usage_id,
        "profile": one.profile,
        "step": one.step,
        "enabled": one.enabled,
        "host": one.host or None,
        "seen_at": f"{one.seen_at:%Y-%m-%dT%H:%M:%SZ}" if one.seen_at is not None else None,
        "running": one.running,
        "waiting": one.waiting,
        "last_used": f"{one.last_used:%Y-%m-%dT%H:%M:%SZ}" if one.last_used is not None else None,
        "documents": one.documents,
    }
