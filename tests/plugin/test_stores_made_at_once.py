"""Several stores of one process are made at once: each gets its own tables, and nothing breaks."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
COUNT = 6

# In a process of its own: writing through another store's connection ends the whole process.
MAKE_STORES = f"""
import sys
import threading
from pathlib import Path

from hostspec.testing import FakeClock
from xero_connections_plugin.gateways.store.database import Database
from xero_connections_plugin.gateways.store.tables import installation

folder = Path(sys.argv[1])
together = threading.Barrier({COUNT})
made = []


def make(number):
    database = Database(folder / str(number), FakeClock(), new_id=lambda: str(number))
    together.wait()
    found = database.reading(lambda connection: connection.execute(installation.select()).one().installation_id)
    made.append((str(number), found))
    database.close()


threads = [threading.Thread(target=make, args=(number,)) for number in range({COUNT})]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(len(made), all(number == found for number, found in made))
"""


def test_stores_made_at_once_do_not_write_into_each_other(tmp_path: Path) -> None:
    command = (sys.executable, "-c", MAKE_STORES, str(tmp_path))
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, f"{COUNT} True\n"), done.stderr[-2000:]
