"""By which addresses could others reach this machine?"""

from __future__ import annotations

import ipaddress
import socket

import psutil


def own_addresses() -> list[str]:
    """Every address of this machine beyond loopback; those that need their interface beside them are left out."""
    entries = [one for interface in psutil.net_if_addrs().values() for one in interface]
    addresses = [one.address for one in entries if one.family in (socket.AF_INET, socket.AF_INET6)]
    return [one for one in addresses if "%" not in one and not ipaddress.ip_address(one).is_loopback]
