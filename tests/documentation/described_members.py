"""What a class of the contract consists of: fields, properties, methods, and the members of an enumeration."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import griffe

from tests.documentation.type_words import QUOTES, TypeWords, double_quoted, in_cell

if TYPE_CHECKING:
    from collections.abc import Iterator

_LIMITS: Final = {"ge": "at least", "le": "at most"}


def fields(one: griffe.Class) -> Iterator[griffe.Attribute]:
    """The annotated attributes of a class that are no properties; those of a private parent come first."""
    for attribute in one.attributes.values():
        is_plain = "property" not in attribute.labels and not attribute.name.startswith(("_", "model_"))
        if is_plain and attribute.annotation is not None and _belongs(attribute, one):
            yield attribute


def field_table(words: TypeWords, one: griffe.Class) -> str:
    """A table of the fields; empty where there are none."""
    rows = []
    for field in fields(one):
        default, limits = _default(field)
        kind = words.of(field.annotation) + (f" = {default}" if default else "")
        meaning = words.text(field.docstring.value) if field.docstring else _tag_meaning(field)
        rows.append((f"`{field.name}`", kind, f"{meaning} {limits}".strip()))
    if not rows:
        return ""
    head = ["| Field | Type | Meaning |", "|---|---|---|"]
    return "\n".join([*head, *(f"| {' | '.join(map(in_cell, row))} |" for row in rows)])


def properties(words: TypeWords, one: griffe.Class) -> str:
    """A table of the properties; empty where there are none."""
    found = _properties(one)
    if not found:
        return ""
    head = ["| Property | Type | Meaning |", "|---|---|---|"]
    for member in found:
        meaning = words.text(member.docstring.value) if member.docstring else ""
        head.append(f"| `{member.name}` | {in_cell(words.of(member.annotation))} | {in_cell(meaning)} |")
    return "\n".join(head)


def enum_table(words: TypeWords, one: griffe.Class) -> str:
    """A table of an enumeration's members."""
    head = ["| Name | Value | Meaning |", "|---|---|---|"]
    for member in one.attributes.values():
        meaning = words.text(member.docstring.value) if member.docstring else ""
        value = str(member.value).strip(QUOTES)
        head.append(f"| `{member.name}` | `{value}` | {in_cell(meaning)} |")
    return "\n".join(head)


def public_methods(one: griffe.Class) -> list[griffe.Function]:
    """The methods that somebody calls by name, as far as they say something about themselves.

    Of a class with tests these are the ones that its docstring names: the others are for the tests themselves.
    """
    is_suite = any(name.startswith("test_") for name in one.functions)
    told = one.docstring.value if one.docstring else ""
    return [
        method
        for method in one.functions.values()
        if not method.name.startswith("_")
        and method.docstring
        and _belongs(method, one)
        and (not is_suite or f"``{method.name}``" in told)
    ]


def undescribed(one: griffe.Class) -> list[str]:
    """The public members of which the source does not say what they mean."""
    told: list[griffe.Object] = [*fields(one), *one.functions.values()]
    told += _properties(one)
    if any(str(base) == "StrEnum" for base in one.bases):
        told += list(one.attributes.values())
    return [
        member.name
        for member in told
        if not member.docstring
        and not member.name.startswith("_")
        and not (isinstance(member, griffe.Attribute) and _tag_meaning(member))
    ]


def _properties(one: griffe.Class) -> list[griffe.Attribute]:
    return [
        member
        for member in one.attributes.values()
        if "property" in member.labels and not member.name.startswith("_") and _belongs(member, one)
    ]


def _belongs(member: griffe.Object, one: griffe.Class) -> bool:
    owner = member.parent
    return owner is not None and (owner.path == one.path or owner.name.startswith("_"))


def _tag_meaning(field: griffe.Attribute) -> str:
    return "Tells the kinds apart." if field.name == "kind" and "Literal" in str(field.annotation) else ""


def _default(field: griffe.Attribute) -> tuple[str, str]:
    """The default of a field as code, and its limits as words."""
    value = field.value
    if value is None:
        return "", ""
    if _tag_meaning(field):
        return "", ""
    if not isinstance(value, griffe.ExprCall) or not str(value.function).endswith("Field"):
        return f"`{double_quoted(str(value))}`", ""
    given = {str(one.name): str(one.value) for one in value.arguments if isinstance(one, griffe.ExprKeyword)}
    limits = [f"{word} {given[key].replace('_', ',')}" for key, word in _LIMITS.items() if key in given]
    default = f"`{given['default']}`" if "default" in given else ""
    if given.get("default_factory"):
        default = f"`{re.sub(r'dict', '{}', given['default_factory'])}`"
    sentence = " and ".join(limits)
    return default, f"{sentence[:1].upper()}{sentence[1:]}." if sentence else ""
