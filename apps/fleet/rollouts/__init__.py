"""Rollouts: one operation, many devices, in phases that stop by themselves when it goes wrong."""
