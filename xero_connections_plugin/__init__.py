"""The Connections tab: authorization, tenants and storage behind the hooks of ``hostspec``."""
