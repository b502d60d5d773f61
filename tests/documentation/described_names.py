"""One name of the contract, described in Markdown: its sentence, its signature, its fields, what it raises."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import griffe

from tests.documentation.contract_names import ancestors
from tests.documentation.described_members import enum_table, field_table, properties, public_methods
from tests.documentation.type_words import QUOTES, TypeWords, double_quoted, in_cell

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.documentation.contract_names import ContractNames

_WHO: Final = re.compile(r"Implemented by: (.+?)\. Called by: (.+?)\. When: (.+)\.", re.DOTALL)
_WIDEST: Final = 96
_KINDS: Final = {"Collect": "collect", "Ask": "ask", "Tell": "tell"}
_KIND_TEXTS: Final = {
    "collect": "every answer counts",
    "ask": "the first answer that is not `None` counts",
    "tell": "nothing is answered",
    "act": "everyone acts on what is theirs and reports",
}
_REMEDIES: Final = {
    "NOTHING": "nothing is to be done",
    "RETRY_LATER": "try again later",
    "SIGN_IN_AGAIN": "sign in again",
    "CHOOSE_ANOTHER": "choose another",
    "FIX_SETTINGS": "correct a setting",
    "TELL_SUPPORT": "tell support",
}
_STARS: Final = {griffe.ParameterKind.var_positional: "*", griffe.ParameterKind.var_keyword: "**"}


def describe(names: ContractNames, words: TypeWords, name: str) -> list[str]:
    """What follows the heading of a name: paragraphs and tables, without the heading.

    Raises:
        LookupError: The contract has no such name.
    """
    found = names.find(name)
    match found:
        case griffe.Function() if name.startswith("capture_"):
            return _hook(names, words, found)
        case griffe.Function():
            return _function(words, found)
        case griffe.Class():
            return _class(names, words, found)
        case griffe.Attribute():
            return _named_value(words, found)
        case _:
            raise LookupError(f"hostspec has no {name}")


def _hook(names: ContractNames, words: TypeWords, hook: griffe.Function) -> list[str]:
    sentence, who, *more = _paragraphs(hook)
    said = _WHO.fullmatch(who)
    if said is None:
        raise LookupError(f"{hook.name} does not say who implements and calls it, and when")
    kind = _KINDS.get(sentence.partition(" ")[0], "act")
    call = names.the_class("HookCalls").functions[hook.name.removeprefix("capture_")]
    parameters = ", ".join(one.name for one in call.parameters if one.name != "self")
    answer = "" if str(call.returns) == "None" else f" → {words.of(call.returns)}"
    return [
        _signature(hook),
        words.text(sentence),
        "\n".join(
            (
                "| | |",
                "|---|---|",
                f"| Kind | {kind}: {_KIND_TEXTS[kind]} |",
                f"| Implemented by | {in_cell(words.text(said[1]))} |",
                f"| Called by | {in_cell(words.text(said[2]))} |",
                f"| When | {in_cell(words.text(said[3]))} |",
                f"| Called as | `hooks.{call.name}({parameters})`{answer} |",
            )
        ),
        *(words.text(one) for one in more),
        *_sections(words, hook),
    ]


def _function(words: TypeWords, function: griffe.Function) -> list[str]:
    return [_signature(function), *_texts(words, function), *_sections(words, function)]


def _class(names: ContractNames, words: TypeWords, one: griffe.Class) -> list[str]:
    above = ancestors(names, one)
    if one.name == "CaptureError" or any(parent.name == "CaptureError" for parent in above):
        return _error(names, words, one)
    if any(str(base) in {"StrEnum", "Enum"} for base in one.bases):
        return [*_texts(words, one), enum_table(words, one)]
    kept = [parent for parent in above if parent.name != "Value" and words.knows(parent.name)]
    lines = [*_made(one), *_texts(words, one)]
    if kept:
        lines.append("Has everything of " + " and ".join(words.link(parent.name) for parent in kept) + ", and:")
    for table in (field_table(words, one), properties(words, one)):
        if table:
            lines.append(table)
    lines += _sections(words, one)
    for method in public_methods(one):
        lines += _function(words, method)
    return lines


def _made(one: griffe.Class) -> list[str]:
    """How one is made, where its arguments are explained; elsewhere the table of its fields says it."""
    own = one.members.get("__init__")
    sections = one.docstring.parsed if one.docstring else ()
    explained = any(isinstance(section, griffe.DocstringSectionParameters) for section in sections)
    return [_signature(own, one.name)] if explained and isinstance(own, griffe.Function) else []


def _error(names: ContractNames, words: TypeWords, one: griffe.Class) -> list[str]:
    above = ancestors(names, one)
    remedy = next(str(error.attributes["remedy"].value) for error in (one, *above) if "remedy" in error.attributes)
    remedy = remedy.rpartition(".")[2]
    own = one.members.get("__init__")
    lines = [_signature(own, one.name)] if isinstance(own, griffe.Function) else []
    lines += _texts(words, one)
    table = ["| | |", "|---|---|"]
    if above:
        table.append(f"| Is a | {words.link(above[0].name)} |")
    table.append(f"| Remedy | {words.link('Remedy', remedy)}: {_REMEDIES[remedy]} |")
    table.append(f"| Code | `{str(one.attributes['default_code'].value).strip(QUOTES)}` |")
    for name, meaning in _own_facts(one):
        table.append(f"| `{name}` | {in_cell(words.text(meaning))} |")
    return [*lines, "\n".join(table), *_sections(words, one)]


def _own_facts(error: griffe.Class) -> Iterator[tuple[str, str]]:
    for name, attribute in error.members.items():
        if (
            isinstance(attribute, griffe.Attribute)
            and name not in {"default_code", "remedy", "code"}
            and attribute.docstring
        ):
            yield name, attribute.docstring.value


def _named_value(words: TypeWords, named: griffe.Attribute) -> list[str]:
    lines = [words.text(named.docstring.value)] if named.docstring else []
    value = named.value
    is_call = isinstance(value, griffe.ExprSubscript) and str(value.left) == "Callable"
    if isinstance(value, griffe.ExprBinOp | griffe.ExprSubscript) and not is_call:
        return [*lines, f"One of: {words.of(value).replace(' or ', ', ')}."]
    return [*lines, f"```python\n{double_quoted(f'{named.name} = {value}')}\n```"]


def _texts(words: TypeWords, one: griffe.Object) -> list[str]:
    return [words.text(paragraph) for paragraph in _paragraphs(one)]


def _paragraphs(one: griffe.Object) -> list[str]:
    if one.docstring is None:
        raise LookupError(f"{one.path} says nothing about itself")
    texts = [section.value for section in one.docstring.parsed if isinstance(section.value, str)]
    return [part for text in texts for part in text.partition("Example::")[0].split("\n\n") if part.strip()]


def _sections(words: TypeWords, one: griffe.Object) -> Iterator[str]:
    for section in one.docstring.parsed if one.docstring else ():
        match section:
            case griffe.DocstringSectionParameters():
                yield "**Arguments**\n\n" + "\n".join(
                    f"- `{item.name}` ({words.of(item.annotation)}): {words.text(item.description)}"
                    for item in section.value
                )
            case griffe.DocstringSectionReturns():
                yield "**Returns** " + " ".join(words.text(item.description) for item in section.value)
            case griffe.DocstringSectionRaises():
                yield "**Raises**\n\n" + "\n".join(
                    f"- {words.of(item.annotation)}: {words.text(item.description)}" for item in section.value
                )
            case griffe.DocstringSectionAdmonition():
                yield f"**{section.title}**\n\n" + _items(words, section.value.contents)
            case griffe.DocstringSectionText() if "Example::" in section.value:
                example = section.value.partition("Example::")[2]
                yield f"**Example**\n\n```python\n{_dedented(example)}\n```"
            case _:
                pass


def _items(words: TypeWords, contents: str) -> str:
    return "\n".join(f"- {words.text(line)}" for line in re.sub(r"\n +", " ", contents).splitlines())


def _dedented(block: str) -> str:
    lines = block.strip("\n").splitlines()
    margin = min(len(line) - len(line.lstrip()) for line in lines if line.strip())
    return "\n".join(line[margin:] for line in lines)


def _signature(function: griffe.Function, made: str = "") -> str:
    shown = []
    star = False
    for one in function.parameters:
        if made and one.name == "self":
            continue
        if one.kind is griffe.ParameterKind.keyword_only and not star:
            star = True
            shown.append("*")
        annotation = f": {one.annotation}" if one.annotation is not None else ""
        stars = _STARS.get(one.kind, "") if one.kind is not None else ""
        star = star or stars == "*"
        default = f" = {one.default}" if one.default is not None and annotation and not stars else ""
        shown.append(f"{stars}{one.name}{annotation}{default}")
    head, tail = (made, "") if made else (f"def {function.name}", f" -> {function.returns}")
    line = f"{head}({', '.join(shown)}){tail}"
    if len(line) > _WIDEST:
        inner = "".join(f"    {one},\n" for one in shown)
        line = f"{head}(\n{inner}){tail}"
    return f"```python\n{double_quoted(line)}\n```"
