"""The demo: two tenants, a login and a key per role, one agent, and the simulated site."""
