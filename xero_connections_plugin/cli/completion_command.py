"""``xero-connections completion``: what to put where, so that Tab completes commands and names."""

from __future__ import annotations

from typing import Final

import click
from click.shell_completion import BashComplete, get_completion_class

from xero_connections_plugin.cli.console import Console, examples

_WHERE: Final = {
    "bash": "# Put this into ~/.local/share/bash-completion/completions/xero-connections",
    "zsh": "# Put this into a folder of $fpath, as _xero-connections",
    "fish": "# Put this into ~/.config/fish/completions/xero-connections.fish",
}


class _Bash(BashComplete):
    """click's own script offers a name with blanks as several words; here it is one, and is quoted when it is taken."""

    source_template = """\
%(complete_func)s() {
    local IFS=$'\\n' line
    COMPREPLY=()
    while read -r line; do
        case "${line%%%%,*}" in
            dir) compopt -o dirnames ;;
            file) compopt -o default ;;
            plain)
                line="${line#*,}"
                COMPREPLY+=("$line")
                # Only then: a plain word would get a slash where a folder has its name.
                case "$line" in *[!A-Za-z0-9._-]*) compopt -o filenames ;; esac
                ;;
        esac
    done < <(env COMP_WORDS="${COMP_WORDS[*]}" COMP_CWORD="$COMP_CWORD" %(complete_var)s=bash_complete "$1")
}

complete -o nosort -F %(complete_func)s %(prog_name)s
"""


@click.command(
    epilog=examples(
        "xero-connections completion bash > ~/.local/share/bash-completion/completions/xero-connections",
        "xero-connections completion fish > ~/.config/fish/completions/xero-connections.fish",
    )
)
@click.argument("shell", type=click.Choice(tuple(_WHERE)))
@click.pass_context
def completion(ctx: click.Context, /, *, shell: str) -> None:
    """Print what makes a shell complete commands and names.

    The names of connections come from the store each time; nothing is offered where it cannot be read at once.
    """
    console = ctx.ensure_object(Console)
    found = _Bash if shell == "bash" else get_completion_class(shell)
    if found is None:
        raise click.UsageError(f"click knows no completion for {shell}")
    script = found(ctx.find_root().command, {}, "xero-connections", "_XERO_CONNECTIONS_COMPLETE").source()
    where = _WHERE[shell]
    if shell == "zsh":
        # Its first line has to stay the first.
        console.out.note(where)
    else:
        script = f"{where}\n{script}"
    console.out.write(f"{script}\n")
