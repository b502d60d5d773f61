"""``xero-connections diagnostics``: a file to attach to a request to support."""

from __future__ import annotations

from pathlib import Path

import click

from xero_connections_plugin.cli.console import Console, examples, with_json


@click.command(
    epilog=examples("xero-connections diagnostics support.zip", "xero-connections diagnostics support.zip --with-names")
)
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--with-names", is_flag=True, help="Leave names of connections, companies, people and hosts in it.")
@click.option("--offline", is_flag=True, help="Ask no server of Xero's.")
@click.option("--replace", is_flag=True, help="Overwrite a file that is there.")
@with_json
@click.pass_obj
def diagnostics(console: Console, *, file: Path, with_names: bool, offline: bool, replace: bool) -> None:
    """Write FILE, a ZIP file for support, without tokens, keys, passwords and names.

    It holds what the doctor found, versions, harmless settings, states and dates of connections and sign-ins, and the
    latest failures.
    """
    from xero_connections_plugin.cli.doctor_command import surroundings
    from xero_connections_plugin.cli.texts import upkeep_texts as texts
    from xero_connections_plugin.gateways.diagnostics.bundle import make_bundle
    from xero_connections_plugin.gateways.store.whole_file import write_whole

    around, _ = surroundings(console)
    bundle = make_bundle(around, with_names=with_names, with_network=not offline)
    try:
        write_whole(file.absolute(), bundle.content, replace=replace)
    except FileExistsError:
        raise click.UsageError(texts.file_exists(file)) from None
    except OSError as trouble:
        raise click.UsageError(texts.file_unwritable(file, trouble.strerror or "")) from None
    console.out.say(texts.kept_file(len(bundle.content), file))
    console.out.facts([(f"  {name}", what) for name, what in bundle.holds])
    console.out.say(texts.LOOK_BEFORE_SENDING)
    console.out.json({"file": str(file.absolute()), "holds": [name for name, _ in bundle.holds]})
