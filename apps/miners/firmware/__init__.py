"""Firmware: the store of images, and the stepped upgrade of one miner."""
