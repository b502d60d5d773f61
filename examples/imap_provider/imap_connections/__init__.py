"""Mailboxes as a connection type: what a plugin of another package brings to the Connections tab."""
