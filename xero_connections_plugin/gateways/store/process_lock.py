"""Where the store finds the lock that the threads of one process share."""

from xero_connections_plugin.own_locks import ProcessLock as ProcessLock
