import json
from pathlib import Path
from typing import Any


class TextStore:
    """What a host keeps in a file, which is whole also when the program is killed."""

    def __init__(self, file: Path, empty: dict[str, Any]) -> None:
        self._file = file
        self.kept = json.loads(file.read_text("utf-8")) if file.exists() else empty
        self.save()

    def save(self) -> None:
        fresh = self._file.with_suffix(".new")
        fresh.write_text(json.dumps(self.kept), "utf-8")
        fresh.replace(self._file)
