import queue
import sys
import threading
from pathlib import Path

from text_host import TextHost
from text_step import offered
from text_window import TextWindow, found

from hostspec import CONNECTION_KIND, Subject

CARDS = "Business cards"


def main(folder: Path) -> None:
    """One person at a terminal: each line is something that a person does, ``quit`` is the last one."""
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
                line = typed.get(timeout=1.0)
                if line == "quit":
                    return
                act(host, window, line)
            except queue.Empty:
                window.pass_time()
            except LookupError as missing:
                print(missing, flush=True)
    finally:
        host.stop()


def act(host: TextHost, window: TextWindow, line: str) -> None:
    verb, _, rest = line.partition(" ")
    match verb:
        case "select":
            window.select(rest)
        case "press":
            window.press(rest)
        case "fill":
            label, _, text = rest.partition(" = ")
            window.fill(label, text)
        case "use":
            choice = found(rest, [one for one in offered(host.hooks) if one.selectable], "connection")
            host.use(Subject(kind=CONNECTION_KIND, subject_id=choice.connection_id), CARDS, enabled=True)
        case "card":
            host.queue.add(CARDS, [rest])
        case "queue":
            print(f"{host.queue.waiting(CARDS)} waiting", flush=True)
            for failed in host.queue.failed(host.profiles.subject_of(CARDS)):
                print(failed.problem, flush=True)
        case _:
            raise LookupError("Say select, press, fill, use, card, queue or quit.")


def read(typed: "queue.Queue[str]") -> None:
    for line in sys.stdin:
        typed.put(line.strip())
    typed.put("quit")


if __name__ == "__main__":
    main(Path("text-host"))
