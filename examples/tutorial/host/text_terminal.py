import queue
import sys
import threading
from pathlib import Path

from text_host import TextHost


def main(folder: Path) -> None:
    """One person, one tab: ``select ROW``, ``press BUTTON``, ``fill FIELD = TEXT``, ``quit``."""
    folder.mkdir(mode=0o700, exist_ok=True)
    host = TextHost(folder / "data", {"key_file": str(folder / "connections.key")})
    for problem in (*host.plugins.failed, *host.not_started):
        print(problem.sentence)
    window = host.window("connections")
    host.go_on()
    typed: queue.Queue[str] = queue.Queue()
    threading.Thread(target=read, args=(typed,), daemon=True).start()
    shown = ""
    try:
        while True:
            if window.read() != shown:
                shown = window.read()
                print(shown, flush=True)
            try:
                verb, _, rest = typed.get(timeout=1.0).partition(" ")
                if verb == "quit":
                    return
                if verb == "select":
                    window.select(rest)
                elif verb == "press":
                    window.press(rest)
                elif verb == "fill":
                    label, _, text = rest.partition(" = ")
                    window.fill(label, text)
            except queue.Empty:
                window.pass_time()
            except LookupError as missing:
                print(missing)
    finally:
        host.stop()


def read(typed: "queue.Queue[str]") -> None:
    for line in sys.stdin:
        typed.put(line.strip())
    typed.put("quit")


if __name__ == "__main__":
    main(Path("text-host"))
