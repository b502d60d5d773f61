"""Pages for persons: what this is, what goes wrong today, and what was booked."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from sample_host.xero_simulator.addresses import DEMO_CLIENT_ID
from sample_host.xero_simulator.attachment_rules import find_attachment
from sample_host.xero_simulator.control import revoke, unlink
from sample_host.xero_simulator.fault_presets import down
from sample_host.xero_simulator.faults import Answer, ConsentFault, Deny, HttpFault, RateLimited, Slow, TokenError
from sample_host.xero_simulator.gateway_errors import AccountingError
from sample_host.xero_simulator.pages import PAGE_HEADERS, page, refusal_page
from sample_host.xero_simulator.request_gate import is_own_form, own_form_rule, read_form
from sample_host.xero_simulator.simulated_xero import SimulatedXero

_SLOW_SECONDS = 5
_RETRY_AFTER_SECONDS = 20
_PROGRAM_PLACES = ("token", "revocation", "connections", "accounting")
_CLOCK_MOVES = {
    "30 minutes": 30 * 60,
    "2 hours": 2 * 3600,
    "1 day": 24 * 3600,
    "30 days": 30 * 24 * 3600,
    "59 days": 59 * 24 * 3600,
    "61 days": 61 * 24 * 3600,
}
_REAL_TIME = "back to the real time"
_WITHHELD = "accounting.attachments"


async def index(simulator: SimulatedXero, _request: Request) -> Response:
    """What this is, and whom it knows."""
    world = simulator.world
    return page(
        "index.html",
        demo_client_id=DEMO_CLIENT_ID,
        apps=list(world.apps.values()),
        people=[(user, list(world.labels(world.organisations_of(user)).values())) for user in world.users.values()],
        addresses=simulator.addresses,
    )


async def today(simulator: SimulatedXero, request: Request) -> Response:
    """Buttons for everything a person may want to go wrong."""
    world = simulator.world
    linked = {link.tenant_id for link in world.links.values()}
    labels = world.labels(list(world.organisations.values()))
    return page(
        "today.html",
        done=_DEEDS[done].done if (done := request.query_params.get("done", "")) in _DEEDS else None,
        now=datetime.fromtimestamp(simulator.now(), UTC),
        moved=_words_for(simulator.clock.offset_seconds),
        active=[
            *_descriptions(fault for _, fault in simulator.faults.active()),
            *([f"Sign-ins do not allow {scope}"] if (scope := world.settings.withheld_scope) else []),
        ],
        withheld=_WITHHELD,
        signed_in=[
            (world.users[grant.user_id], world.apps[grant.client_id])
            for grant in world.grants.values()
            if not grant.revoked and grant.client_id in world.apps
        ],
        organisations=[(tenant_id, labels[tenant_id]) for tenant_id in world.organisations if tenant_id in linked],
        clock_moves=[*_CLOCK_MOVES, _REAL_TIME],
        slow_seconds=_SLOW_SECONDS,
        retry_after=_RETRY_AFTER_SECONDS,
    )


async def do_today(simulator: SimulatedXero, request: Request) -> Response:
    """Do what a button says, then show the page again."""
    if not is_own_form(request):
        return refusal_page(
            "Not from this page", f"This did not come from the simulator's own page. {own_form_rule(request)}", 403
        )
    deed = request.path_params["deed"]
    if deed not in _DEEDS:
        return refusal_page("No such page", "The simulator has no such button.", 404)
    _DEEDS[deed].perform(simulator, dict(await read_form(request) or []))
    return RedirectResponse(f"/today?done={deed}", 303, PAGE_HEADERS)


async def bookkeeping(simulator: SimulatedXero, _request: Request) -> Response:
    """What was booked, per organisation, newest first."""
    world = simulator.world
    labels = world.labels(list(world.organisations.values()))
    booked = [
        (labels[tenant_id], world.organisations[tenant_id], list(reversed(ledger.invoices.values())), ledger)
        for tenant_id, ledger in world.ledgers.items()
        if ledger.invoices
    ]
    return page("bookkeeping.html", booked=booked, quote=quote, day=_day_in_words)


async def download(simulator: SimulatedXero, request: Request) -> Response:
    """An attachment, saved by the browser rather than shown: its content came from outside."""
    invoice_id, file_name = request.path_params["invoice_id"], request.path_params["file_name"]
    for ledger in simulator.world.ledgers.values():
        if invoice_id in ledger.invoices:
            try:
                found = find_attachment(ledger, invoice_id, file_name)
            except AccountingError:
                break
            disposition = f"attachment; filename*=UTF-8''{quote(found.file_name)}"
            headers = {**PAGE_HEADERS, "Content-Disposition": disposition}
            return Response(found.content, 200, headers, media_type=found.mime_type)
    return PlainTextResponse("There is no such attachment.", 404)


class _Deed:
    def __init__(self, done: str, perform: Callable[[SimulatedXero, Mapping[str, str]], None]) -> None:
        self.done = done
        self.perform = perform


def _cancel_next(simulator: SimulatedXero, _fields: Mapping[str, str]) -> None:
    simulator.faults.add(Deny())


def _revoke(simulator: SimulatedXero, fields: Mapping[str, str]) -> None:
    user_id, _, client_id = fields.get("sign_in", "").partition("|")
    revoke(simulator, user_id, client_id)


def _unlink(simulator: SimulatedXero, fields: Mapping[str, str]) -> None:
    unlink(simulator, fields.get("organisation", ""), None, None)


def _expire(simulator: SimulatedXero, _fields: Mapping[str, str]) -> None:
    simulator.world.expire_access_tokens(None, None)


def _everywhere(make: Callable[[str], HttpFault]) -> Callable[[SimulatedXero, Mapping[str, str]], None]:
    def perform(simulator: SimulatedXero, _fields: Mapping[str, str]) -> None:
        for place in _PROGRAM_PLACES:
            simulator.faults.add(make(place))

    return perform


def _rate_limit(simulator: SimulatedXero, _fields: Mapping[str, str]) -> None:
    simulator.faults.add(RateLimited(at="accounting", times=None, problem="minute", retry_after=_RETRY_AFTER_SECONDS))


def _day_limit(simulator: SimulatedXero, _fields: Mapping[str, str]) -> None:
    simulator.faults.add(RateLimited(at="accounting", times=None, problem="day", retry_after=4 * 3600))


def _move_clock(simulator: SimulatedXero, fields: Mapping[str, str]) -> None:
    move = fields.get("by", "")
    if move == _REAL_TIME:
        simulator.clock.set_offset(0.0)
    else:
        simulator.clock.advance(_CLOCK_MOVES.get(move, 0))


def _withhold(simulator: SimulatedXero, _fields: Mapping[str, str]) -> None:
    simulator.world.settings.withheld_scope = _WITHHELD


def _back_to_normal(simulator: SimulatedXero, _fields: Mapping[str, str]) -> None:
    simulator.faults.clear()
    simulator.world.settings.withheld_scope = ""


_DEEDS: Mapping[str, _Deed] = {
    "cancel": _Deed("The next sign-in will come back as cancelled.", _cancel_next),
    "revoke": _Deed("The sign-in was revoked.", _revoke),
    "unlink": _Deed("The organisation was unlinked.", _unlink),
    "expire": _Deed("Every access token is old now.", _expire),
    "slow": _Deed(
        f"Every answer now takes {_SLOW_SECONDS} seconds longer.",
        _everywhere(lambda place: Slow(at=place, times=None, seconds=_SLOW_SECONDS)),
    ),
    "down": _Deed("Xero is down now.", _everywhere(down)),
    "rate-limit": _Deed("Too many calls a minute from now on.", _rate_limit),
    "day-limit": _Deed("The day's calls are used up.", _day_limit),
    "withhold": _Deed(f"The next sign-ins will not allow {_WITHHELD}.", _withhold),
    "clock": _Deed("Xero's clock was moved.", _move_clock),
    "normal": _Deed("Everything is back to normal.", _back_to_normal),
}


def _day_in_words(moment: str) -> str:
    return datetime.fromisoformat(moment).strftime("%d %b %Y")


def _descriptions(faults: Iterable[HttpFault | ConsentFault]) -> list[str]:
    """One line for each thing that goes wrong, however many places it is at."""
    places: dict[str, list[str]] = {}
    for fault in faults:
        at = places.setdefault(_description(fault), [])
        if fault.at not in at:
            at.append(fault.at)
    return [
        f"{'Everything' if set(at) >= set(_PROGRAM_PLACES) else ', '.join(at)}: {what}" for what, at in places.items()
    ]


def _description(fault: HttpFault | ConsentFault) -> str:
    times = "until cleared" if fault.times is None else "once" if fault.times == 1 else f"{fault.times} times"
    match fault:
        case Slow():
            what = f"{fault.seconds:g} s slower"
        case Answer():
            what = f"answers {fault.status}"
        case TokenError():
            what = f"answers {fault.error}"
        case RateLimited():
            what = f"{fault.problem} limit reached"
        case Deny():
            what = "the next one is cancelled"
        case _:
            what = fault.kind.replace("_", " ")
    return f"{what}, {times}"


def _words_for(seconds: float) -> str | None:
    minutes = round(abs(seconds) / 60)
    if minutes == 0:
        return None
    days, rest = divmod(minutes, 24 * 60)
    hours, minutes = divmod(rest, 60)
    parts: Sequence[tuple[int, str]] = ((days, "day"), (hours, "hour"), (minutes, "minute"))
    words = [f"{count} {unit}{'s' if count != 1 else ''}" for count, unit in parts if count]
    return f"{', '.join(words)} {'ahead' if seconds > 0 else 'behind'}"
