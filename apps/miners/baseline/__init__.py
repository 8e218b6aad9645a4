"""The performance baseline of a miner: what it gives at several power targets, then set back."""
