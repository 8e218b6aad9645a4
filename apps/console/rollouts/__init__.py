"""Rollouts for people: filling one in, step by step, and watching it cell by cell."""
