"""Starts, stops, installs and examines the plane on one machine; knows nothing of Django."""
