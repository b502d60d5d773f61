"""Faults that everybody meets sooner or later, ready to switch on."""

from __future__ import annotations

from sample_host.xero_simulator.faults import Answer

_PAGE = "<!DOCTYPE html><html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>"


def down(at: str, times: int | None = None) -> Answer:
    """An outage: 503 with a line of text."""
    return Answer(at=at, times=times, status=503, body="The Xero API is currently unavailable.")


def server_error(at: str, times: int | None = 1) -> Answer:
    return Answer(at=at, times=times, status=500, body='{"Type":null,"Title":"Error","Status":500}')


def edge_forbidden(at: str, times: int | None = 1) -> Answer:
    """403 as a page of the network in front of Xero."""
    page = _PAGE.format(title="403 Forbidden")
    return Answer(at=at, times=times, status=403, body=page, content_type="text/html; charset=utf-8")


def captive_portal(at: str, times: int | None = 1) -> Answer:
    """200 as a page of a hotel's network."""
    page = _PAGE.format(title="Welcome to the guest network")
    return Answer(at=at, times=times, status=200, body=page, content_type="text/html; charset=utf-8")


def empty_body(at: str, times: int | None = 1) -> Answer:
    return Answer(at=at, times=times, status=200, content_type="application/json")


def redirect(at: str, location: str, status: int = 302, times: int | None = 1) -> Answer:
    return Answer(at=at, times=times, status=status, headers={"Location": location})
