"""Tests that an invariant does not hold for say so, with the reason: ``@pytest.mark.exempt(I8="left as found")``."""

from __future__ import annotations

from typing import Final

import pytest

_NAMES: Final = frozenset(f"I{number}" for number in range(1, 13))


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "exempt(I8=why): an invariant that this test breaks on purpose")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        for marker in item.iter_markers("exempt"):
            reasons = marker.kwargs
            if marker.args or not reasons or not reasons.keys() <= _NAMES or not all(map(_is_reason, reasons.values())):
                raise pytest.UsageError(f'{item.nodeid}: an exemption names invariants and reasons: exempt(I8="why")')


def is_exempt(item: pytest.Item, invariant: str) -> bool:
    """Whether this test, its class or its module breaks the invariant on purpose."""
    return any(invariant in marker.kwargs for marker in item.iter_markers("exempt"))


def _is_reason(reason: object) -> bool:
    return isinstance(reason, str) and len(reason.split()) > 2
