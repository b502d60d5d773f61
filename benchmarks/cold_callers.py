"""A process that has just begun and needs a token that is good: ``python -m benchmarks.cold_callers WHO FOLDER``.

It prints a line when it has the token, with the heavy modules that it imported for that. Nothing is imported here
before it is known who is asked.
"""

import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from hostspec.calls import HookCalls
    from hostspec.value import ConnectionId

HEAVY = ("requests", "alembic", "keyring", "sqlalchemy", "cryptography")


def own_host(folder: str) -> "tuple[HookCalls, ConnectionId]":
    """The hooks of a host that has loaded this project and started it, and a connection to open."""
    import json
    import threading
    from datetime import UTC, datetime
    from pathlib import Path
    from types import SimpleNamespace

    from hostspec import HookCalls, load_plugins, make_manager

    class Clock:
        def now(self) -> datetime:
            return datetime.now(UTC)

        def monotonic(self) -> float:
            return time.monotonic()

        def wait(self, seconds: float) -> None:
            time.sleep(seconds)

    class Tasks:
        def start(self, name: str, work: object) -> None:
            assert callable(work)
            threading.Thread(target=work, args=(threading.Event(),), name=name, daemon=True).start()

    class Profiles:
        def usages(self, _kind: str) -> tuple[()]:
            return ()

        def watch(self, _listener: object) -> None:
            """They never change."""

    data = Path(folder)
    kept = json.loads((data / "cold.json").read_text("utf-8"))
    manager = make_manager()
    hooks = HookCalls(manager)
    host = SimpleNamespace(
        host_id="cold",
        host_name="Cold",
        data_dir=data,
        settings=kept["settings"],
        clock=Clock(),
        browser=None,
        tasks=Tasks(),
        profiles=Profiles(),
        hooks=hooks,
        is_allowed=lambda *_: True,
    )
    load_plugins(manager)
    hooks.startup(host)
    return hooks, kept["connection"]


def own_keeper(folder: str) -> str:
    """This project, as a host that has a step to run: load, start, open a session."""
    hooks, connection = own_host(folder)
    return hooks.open_session(connection).connection.display_name


def authlib(folder: str) -> str:
    import json
    from pathlib import Path

    from authlib.integrations.requests_client import OAuth2Session

    token = json.loads((Path(folder) / "tokens.json").read_text("utf-8"))
    session = OAuth2Session("client", token=token, update_token=lambda *_, **__: None)
    session.ensure_active_token(session.token)
    return str(session.token["access_token"])


def msal(folder: str) -> str:
    import json
    from pathlib import Path
    from types import SimpleNamespace

    from msal import PublicClientApplication, SerializableTokenCache

    authority = "https://login.simulated-xero.example/xero"
    described = json.dumps(
        {
            "issuer": authority,
            "authorization_endpoint": f"{authority}/authorize",
            "token_endpoint": f"{authority}/token",
        }
    )
    answer = SimpleNamespace(text=described, status_code=200, headers={}, raise_for_status=lambda: None)
    client = SimpleNamespace(get=lambda *_, **__: answer, post=None, close=lambda: None)
    told = json.loads((Path(folder) / "msal.json").read_text("utf-8"))
    cache = SerializableTokenCache()
    cache.deserialize(told["cache"])
    app = PublicClientApplication(
        told["client_id"],
        oidc_authority=authority,
        instance_discovery=False,
        http_client=client,
        token_cache=cache,
    )
    (account,) = app.get_accounts()
    return str(app.acquire_token_silent(told["scopes"], account)["access_token"])


def xero_python(folder: str) -> str:
    import json
    from pathlib import Path

    from xero_python.api_client import ApiClient
    from xero_python.api_client.configuration import Configuration
    from xero_python.api_client.oauth2 import OAuth2Token

    configuration = Configuration()
    configuration.oauth2_token = OAuth2Token(client_id="client", client_secret="secret")
    client = ApiClient(
        configuration,
        pool_threads=1,
        oauth2_token_getter=lambda: json.loads((Path(folder) / "tokens.json").read_text("utf-8")),
        oauth2_token_saver=lambda _: None,
    )
    configuration.oauth2_token.update_token(**client.get_oauth2_token())
    return str(configuration.oauth2_token.get_valid_access_token(client))


def libraries(_folder: str) -> str:
    """What this project cannot do without, imported and not used."""
    import pluggy
    import sqlalchemy.dialects.sqlite
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM
    from pydantic import BaseModel

    return f"{pluggy.__name__}{sqlalchemy.__name__}{AESGCM.__name__}{BaseModel.__name__}"


CALLERS = {"own": own_keeper, "authlib": authlib, "msal": msal, "xero-python": xero_python, "libraries": libraries}


if __name__ == "__main__":
    assert CALLERS[sys.argv[1]](sys.argv[2])
    sys.stdout.write(" ".join(name for name in HEAVY if name in sys.modules) + "\n")
    sys.stdout.flush()
