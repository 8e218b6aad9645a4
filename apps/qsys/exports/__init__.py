"""Stored changes and telemetry as files: read in pieces, written in pieces, kept for a while."""
