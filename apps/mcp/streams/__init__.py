"""What callers are told while a request is open: progress, and what changed behind an address."""
