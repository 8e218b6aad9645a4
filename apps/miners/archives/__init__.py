"""Support archives: what a miner packs for its maker's support, fetched and kept for a while."""
