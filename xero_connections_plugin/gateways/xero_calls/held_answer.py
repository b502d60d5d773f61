"""How long does an answer occupy its slot, and how does its body fail? Imported on first use only."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Any

import requests

from xero_connections_plugin.gateways.xero_calls.api_failures import body_failure

if TYPE_CHECKING:
    from collections.abc import Iterator

    from xero_connections_plugin.gateways.xero_calls.call_limiter import CallSlot


class HeldAnswer(requests.Response):
    """An answer that holds its slot until its body was read, or it was closed, or nobody refers to it any more."""

    error_body: bytes | None = None
    """What a refusal says; ``None`` also where it is longer than any of Xero's."""

    def __init__(self, answer: requests.Response, slot: CallSlot, *, writing: bool) -> None:
        super().__init__()
        vars(self).update(vars(answer))
        self._slot = slot
        self._writing = writing
        weakref.finalize(self, slot.release)

    def iter_content(self, chunk_size: int | None = 1, decode_unicode: bool = False) -> Iterator[Any]:
        """As requests has it; a body that breaks off raises ``ProviderUnavailable``."""
        return self._watched(super().iter_content(chunk_size, decode_unicode))

    def close(self) -> None:
        """Drop the connection, unless the body was read, and give the slot back."""
        try:
            super().close()
        finally:
            self._slot.release()

    def read_at_most(self, limit: int) -> bytes | None:
        """The body, which stays readable; ``None``, and a closed answer, when it has more bytes than the limit."""
        body = bytearray()
        for chunk in self.iter_content(8192):
            body += chunk
            if len(body) > limit:
                self.close()
                return None
        self._content = bytes(body)
        return self._content

    def read_all(self) -> bytes:
        """The body, which stays readable."""
        return self.content or b""

    def _watched(self, chunks: Iterator[Any]) -> Iterator[Any]:
        try:
            yield from chunks
        except requests.RequestException as error:
            problem = body_failure(error, writing=self._writing)
        else:
            self._slot.release()
            return
        self.close()
        raise problem
