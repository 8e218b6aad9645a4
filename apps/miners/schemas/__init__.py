"""Inputs and outputs of the miner operations, by subject."""
