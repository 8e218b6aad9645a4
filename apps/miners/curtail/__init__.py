"""Curtailment: keeping the power of a place under a limit by pausing its least efficient miners."""
