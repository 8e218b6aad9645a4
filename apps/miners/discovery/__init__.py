"""Finding miners in declared ranges, and registering those that somebody chose."""
