"""A small but real capture host, to learn from and to try the plugin with."""
