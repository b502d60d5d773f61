"""How are the fields of a definition given as options?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import click

from xero_connections_plugin.cli.texts import definition_texts as texts

if TYPE_CHECKING:
    from collections.abc import Callable

NAME_FIELD: Final = "display_name"
_FIELDS: Final = {
    "client_id": ("--client-id", "The client id of the app at Xero."),
    "application_url": ("--application-url", "The beginning of the redirect address; http://localhost as a rule."),
    "port": ("--port", "The port of the redirect address; of another type, its field port."),
    "scope_preset": ("--scopes", "The set of scopes: granular, granular_files or legacy."),
    "extra_scopes": ("--extra-scopes", "Further scopes, with blanks between them."),
}


def definition_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds an option for each field of a Xero definition, and ``--set`` and ``--secret`` for those of any type."""
    command = click.option(
        "--set",
        "others",
        multiple=True,
        metavar="FIELD=VALUE",
        help="A field of the definition by its id, an option by its label or id; may be repeated. Never for a secret.",
    )(command)
    command = click.option(
        "--secret",
        "secrets",
        multiple=True,
        metavar="FIELD",
        help="Ask for this secret unseen, or read it from a pipe, also where one is kept already; may be repeated.",
    )(command)
    command = click.option(
        "--further-port", "further_ports", multiple=True, metavar="PORT", help="Tried when the first port is busy."
    )(command)
    for name, (option, told) in reversed(_FIELDS.items()):
        command = click.option(option, name, default=None, help=told)(command)
    return command


def option_for(field_id: str) -> str:
    """How a field is given on a command line."""
    own = _FIELDS.get(field_id)
    return own[0] if own is not None else f"--set {field_id}=…"


def named_secrets(given: dict[str, Any]) -> frozenset[str]:
    """The secrets to ask for, by field id; takes them out of ``given``.

    Raises:
        click.BadParameter: Something was typed with the name; it is not repeated, because it may be the secret itself.
    """
    named = frozenset(one.strip() for one in given.pop("secrets"))
    if any("=" in one for one in named):
        raise click.BadParameter(texts.SECRET_TYPED, param_hint="--secret")
    return named


def typed_fields(given: dict[str, Any], *, name: str | None = None) -> dict[str, str | tuple[str, ...]]:
    """What the options say, by field id; takes them out of ``given``.

    Raises:
        click.BadParameter: A ``--set`` without a value; what was typed is not repeated, because it may be a secret.
    """
    fields: dict[str, str | tuple[str, ...]] = {}
    if name is not None:
        fields[NAME_FIELD] = name
    for field_id in _FIELDS:
        value = given.pop(field_id)
        if value is not None:
            fields[field_id] = value
    further: tuple[str, ...] = given.pop("further_ports")
    if further:
        fields["further_ports"] = further
    for one in given.pop("others"):
        field_id, mark, value = one.partition("=")
        if not mark:
            raise click.BadParameter(texts.VALUE_LACKS, param_hint="--set")
        fields[field_id.strip()] = value
    return fields
