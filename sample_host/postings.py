"""Which document was posted to which company: the record that keeps a document from being posted twice."""

from datetime import datetime
from enum import StrEnum
from typing import TypeVar

from pydantic import JsonValue, ValidationError

from hostspec.value import Value
from sample_host.kept_data import HostData

V = TypeVar("V", bound=Value)


class PostingState(StrEnum):
    """How far the posting of a document got."""

    ABOUT_TO_POST = "about_to_post"
    """It may or may not have reached the other side."""
    POSTED = "posted"
    """It is there; its file may still be missing."""
    COMPLETE = "complete"
    """It is there, with its file."""


class Posting(Value):
    """One document and one company."""

    document_id: str
    tenant_id: str
    tenant_name: str
    state: PostingState
    request_key: str
    """Makes the other side answer a repeated request instead of acting on it again."""
    request: dict[str, JsonValue]
    """What is sent: the same again while the outcome is unknown."""
    began_at: datetime
    """When the request was first sent (UTC)."""
    invoice_id: str = ""


class PostingBook:
    """The postings of this host; any thread and any process of the host may use it."""

    def __init__(self, data: HostData) -> None:
        self._data = data

    def get(self, document_id: str, tenant_id: str) -> Posting | None:
        """What is known about a document and a company."""
        with self._data.reading() as database:
            row = database.execute(
                "SELECT body FROM posting WHERE document_id = ? AND tenant_id = ?", (document_id, tenant_id)
            ).fetchone()
        return None if row is None else Posting.model_validate_json(row[0])

    def about_to_post(self, posting: Posting) -> Posting:
        """Keep the mark, unless there is one already: the one that counts is answered. On disk when this returns."""
        with self._data.writing() as database:
            database.execute(
                "INSERT OR IGNORE INTO posting VALUES (?, ?, ?)",
                (posting.document_id, posting.tenant_id, posting.model_dump_json()),
            )
            (body,) = database.execute(
                "SELECT body FROM posting WHERE document_id = ? AND tenant_id = ?",
                (posting.document_id, posting.tenant_id),
            ).fetchone()
        return Posting.model_validate_json(body)

    def replace(self, posting: Posting) -> None:
        """Keep the new state of a posting."""
        with self._data.writing() as database:
            database.execute(
                "UPDATE posting SET body = ? WHERE document_id = ? AND tenant_id = ?",
                (posting.model_dump_json(), posting.document_id, posting.tenant_id),
            )

    def was_refused(self, posting: Posting) -> None:
        """Take the mark away: the other side said that nothing was booked. A posted document stays recorded."""
        with self._data.writing() as database:
            row = database.execute(
                "SELECT body FROM posting WHERE document_id = ? AND tenant_id = ?",
                (posting.document_id, posting.tenant_id),
            ).fetchone()
            if row is not None and Posting.model_validate_json(row[0]) == posting:
                database.execute(
                    "DELETE FROM posting WHERE document_id = ? AND tenant_id = ?",
                    (posting.document_id, posting.tenant_id),
                )

    def keep_run(self, place: str, run: Value) -> None:
        """Keep the results of the latest run of a step, to be shown after a restart."""
        with self._data.writing() as database:
            database.execute(
                "INSERT INTO kept VALUES ('run', ?, 0, ?) "
                "ON CONFLICT (kind, item_id) DO UPDATE SET body = excluded.body",
                (place, run.model_dump_json()),
            )

    def latest_run(self, place: str, kind: type[V]) -> V | None:
        """The results that were kept for a step, where they can still be understood."""
        body = dict(self._data.bodies("run")).get(place)
        try:
            return None if body is None else kind.model_validate_json(body)
        except ValidationError:
            return None
