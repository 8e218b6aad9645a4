"""How much Cores change and how well they are heard, counted as it happens."""
