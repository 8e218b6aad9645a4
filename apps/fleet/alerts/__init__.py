"""Alerts: rules that read kept state, the engine that raises and clears, and telling people."""
