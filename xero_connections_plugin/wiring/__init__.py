"""Where do the rooms meet? The only place that knows them all; building touches no file and no network."""

from xero_connections_plugin.wiring.house import House as House
from xero_connections_plugin.wiring.house import build as build
