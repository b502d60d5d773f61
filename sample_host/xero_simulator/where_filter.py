"""The accounting API's ``where`` filters, as far as integrations use them.

``Type=="ACCPAY" AND Reference=="A-17"``, ``Name.Contains("power")``, ``Contact.ContactID==guid("...")``,
``Date>=DateTime(2026,11,1)``, ``Reference!=null``, parentheses, ``AND``/``OR`` and ``&&``/``||``.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from datetime import date
from typing import Any

from sample_host.xero_simulator.ms_dates import read_day

Document = dict[str, Any]
Predicate = Callable[[Document], bool]

_TOKEN = re.compile(
    r"""\s*(?:(?P<text>"(?:[^"\\]|\\.)*")|(?P<call>guid|DateTime)\s*\((?P<argument>[^)]*)\)|(?P<number>-?\d+(?:\.\d+)?)
    |(?P<operator>==|!=|>=|<=|>|<|\(|\)|&&|\|\||=)|(?P<name>[A-Za-z]\w*(?:\.[A-Za-z]\w*)*))""",
    re.VERBOSE,
)
_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq,
    "=": operator.eq,
    "!=": operator.ne,
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
}
_TEXT_TESTS: dict[str, Callable[[str, str], bool]] = {
    "Contains": lambda text, part: part in text,
    "StartsWith": str.startswith,
    "EndsWith": str.endswith,
}
_CONSTANTS: dict[str, Any] = {"null": None, "true": True, "false": False}
_LONGEST = 2000


class FilterNotUnderstood(ValueError):
    """The filter is not written in this language."""


def read_filter(text: str) -> Predicate:
    """A test for documents.

    Raises:
        FilterNotUnderstood: as Xero would answer with a QueryParseException.
    """
    if len(text) > _LONGEST:
        raise FilterNotUnderstood("The filter is too long")
    reader = _Reader(_tokens(text))
    predicate = reader.alternatives()
    reader.expect_end()
    return predicate


def _tokens(text: str) -> list[re.Match[str]]:
    tokens, position = [], 0
    while text[position:].strip():
        match = _TOKEN.match(text, position)
        if match is None:
            raise FilterNotUnderstood(f"No viable alternative at position {position}")
        tokens.append(match)
        position = match.end()
    return tokens


class _Reader:
    def __init__(self, tokens: list[re.Match[str]]) -> None:
        self._tokens = tokens
        self._position = 0

    def alternatives(self) -> Predicate:
        terms = [self._conjunction()]
        while self._take("OR", "||"):
            terms.append(self._conjunction())
        return lambda document: any(term(document) for term in terms)

    def expect_end(self) -> None:
        if self._position != len(self._tokens):
            raise FilterNotUnderstood("Syntax error")

    def _conjunction(self) -> Predicate:
        terms = [self._comparison()]
        while self._take("AND", "&&"):
            terms.append(self._comparison())
        return lambda document: all(term(document) for term in terms)

    def _comparison(self) -> Predicate:
        if self._take("("):
            inside = self.alternatives()
            if not self._take(")"):
                raise FilterNotUnderstood("')' expected")
            return inside
        name = self._next()["name"]
        if name is None:
            raise FilterNotUnderstood("A field is expected")
        path, _, test = name.rpartition(".")
        if test in _TEXT_TESTS and self._take("("):
            part = self._value()
            if not isinstance(part, str) or not self._take(")"):
                raise FilterNotUnderstood("A text is expected")
            return lambda document: _TEXT_TESTS[test](str(_field(document, path) or ""), part)
        compare = _COMPARISONS.get(self._next()["operator"] or "")
        if compare is None:
            raise FilterNotUnderstood("An operator is expected")
        wanted = self._value()
        return lambda document: _compared(compare, _field(document, name), wanted)

    def _value(self) -> Any:
        token = self._next()
        if token["text"] is not None:
            return re.sub(r"\\(.)", r"\1", token["text"][1:-1])
        if token["number"] is not None:
            return float(token["number"])
        if token["name"] in _CONSTANTS:
            return _CONSTANTS[token["name"]]
        try:
            if token["call"] == "guid":
                return token["argument"].strip().strip('"').lower()
            if token["call"] == "DateTime":
                year, month, day, *_ = (int(number) for number in token["argument"].split(","))
                return date(year, month, day)
        except ValueError:
            raise FilterNotUnderstood("A date is expected") from None
        raise FilterNotUnderstood("A value is expected")

    def _next(self) -> re.Match[str]:
        if self._position >= len(self._tokens):
            raise FilterNotUnderstood("The filter ends too early")
        self._position += 1
        return self._tokens[self._position - 1]

    def _take(self, *spellings: str) -> bool:
        if self._position < len(self._tokens):
            token = self._tokens[self._position]
            if (token["operator"] or (token["name"] or "").upper()) in spellings:
                self._position += 1
                return True
        return False


def _field(document: Document, path: str) -> Any:
    value: Any = document
    for name in path.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _compared(compare: Callable[[Any, Any], bool], value: Any, wanted: Any) -> bool:
    if isinstance(wanted, date):
        value = read_day(value)
    if isinstance(wanted, float) and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    try:
        return compare(value, wanted)
    except TypeError:
        return False
