"""The sentences about scopes: which are missing for whom, and which end."""

from __future__ import annotations

from typing import Final

STATUS_MISSING: Final = "Scope missing"
STATUS_ENDING: Final = "Scopes end"

REPAIR_MISSING: Final = "Authorize with more scopes"
REPAIR_ENDING: Final = "Authorize with new scopes"

FACT_MISSING: Final = "Scopes missing"
FACT_ENDING: Final = "Scopes that end"


def where(profile: str, host: str) -> str:
    return f"{profile} on {host}" if host else profile


def missing(who: str, scopes: tuple[str, ...], more: int) -> str:
    others = f" {more} more {'profile needs' if more == 1 else 'profiles need'} more, too." if more else ""
    return f"{who} needs {_listed(scopes)}, which this sign-in does not allow.{others}"


def ending(scopes: tuple[str, ...]) -> str:
    verb = "ends" if len(scopes) == 1 else "end"
    return f"{_listed(scopes)} {verb} in September 2027. Authorize once with the scopes that take their place."


def ending_fact(scopes: tuple[str, ...]) -> str:
    return f"{_listed(scopes)} (September 2027)"


def _listed(scopes: tuple[str, ...], most: int = 3) -> str:
    if len(scopes) > most:
        return f"{', '.join(scopes[:most])} and {len(scopes) - most} more"
    return " and ".join((", ".join(scopes[:-1]), scopes[-1])) if len(scopes) > 1 else "".join(scopes)


NEXT_AUTHORIZATION: Final = (
    "The scopes under Advanced are others than this sign-in allows. They count from the next authorization: press "
    "Authorize, and Xero asks for your consent."
)

NOTICE_TITLE: Final = "Scopes of Xero connections end"


def ending_notice(names: tuple[str, ...], most: int = 3) -> str:
    shown = ", ".join(names[:most])
    more = f" and {len(names) - most} more" if len(names) > most else ""
    verb = "uses" if len(names) == 1 else "use"
    return (
        f"{shown}{more} {verb} scopes that Xero ends in September 2027. Select each on the Connections tab and choose "
        f"“{REPAIR_ENDING}”; profiles go on until then."
    )
