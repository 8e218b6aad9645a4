"""Writing a setting of a miner: read first, kept, checked, written, read back, undone."""
