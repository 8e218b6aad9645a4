"""For clients that only start processes: stdio on one side, the plane's URL on the other."""
