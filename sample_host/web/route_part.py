"""What is a part of the host's pages? Some addresses, and what is done at them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.routing import BaseRoute

    from sample_host.web.frame import WebHost


class RoutePart(ABC):
    """Some of the addresses.

    Args:
        web: What all of them share.
    """

    def __init__(self, web: WebHost) -> None:
        self._web = web

    @abstractmethod
    def routes(self) -> Sequence[BaseRoute]:
        """For the application's list."""
