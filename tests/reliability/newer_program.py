"""A later version of this program, with one more migration, run in processes of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

from xero_connections_plugin.gateways.store.schema import HEAD

ROOT = Path(__file__).parents[2]

NEWER_REVISION: Final = f"{int(HEAD) + 1:04}"
"""Of the store, once the newer program has opened it."""

_MIGRATION = f'''\
"""One more column and one more table."""

import sqlalchemy as sa
from alembic import op

revision = "{NEWER_REVISION}"
down_revision = "{HEAD}"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add them."""
    with op.batch_alter_table("grants") as grants:
        grants.add_column(sa.Column("nickname", sa.Text(), nullable=True))
    op.create_table("later_things", sa.Column("thing_id", sa.Text(), primary_key=True))
    op.execute("UPDATE grants SET nickname = account")
'''

_SCRIPT = """
import os, signal, sys
from pathlib import Path
from hostspec.testing import FakeClock
from hostspec.errors import ConnectionProblem
import xero_connections_plugin
from xero_connections_plugin.gateways.store.database import Database

def stop(name):
    if name == sys.argv[2]:
        os.kill(os.getpid(), signal.SIGKILL)

assert Path(xero_connections_plugin.__file__).is_relative_to(Path(sys.argv[3])), xero_connections_plugin.__file__
database = Database(Path(sys.argv[1]), FakeClock(), checkpoint=stop)
with database.write() as connection:
    connection.exec_driver_sql("UPDATE installation SET write_tests = write_tests + 1")
    print(connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar())
    print(connection.exec_driver_sql("SELECT count(nickname) FROM grants").scalar())
"""


class NewerProgram:
    """A copy of the plugin that knows one revision more.

    Args:
        folder: Where the copy goes.
    """

    def __init__(self, folder: Path) -> None:
        self._place = folder / "newer"
        package = self._place / "xero_connections_plugin"
        shutil.copytree(
            ROOT / "xero_connections_plugin", package, ignore=shutil.ignore_patterns("__pycache__"), symlinks=True
        )
        (package / "gateways/store/migrations/versions/later_revision.py").write_text(_MIGRATION)
        schema = package / "gateways/store/schema.py"
        text = schema.read_text()
        ours = f'HEAD: Final = "{HEAD}"'
        assert text.count(ours) == 1
        schema.write_text(text.replace(ours, f'HEAD: Final = "{NEWER_REVISION}"'))

    def start(self, data_dir: Path, *, stop_at: str = "") -> subprocess.Popen[str]:
        """Let it open a store, write to it, and print the revision and how many grants have a nickname."""
        environment = {**os.environ, "PYTHONPATH": f"{self._place}{os.pathsep}{ROOT}", "PYTHONDONTWRITEBYTECODE": "1"}
        return subprocess.Popen(
            [sys.executable, "-c", _SCRIPT, str(data_dir), stop_at, str(self._place)],
            cwd=self._place,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, data_dir: Path, *, stop_at: str = "") -> list[str]:
        """The same, to its end.

        Raises:
            AssertionError: It failed; says why.
        """
        process = self.start(data_dir, stop_at=stop_at)
        said, trouble = process.communicate(timeout=90)
        assert process.returncode == (-9 if stop_at else 0), trouble
        return said.split()
