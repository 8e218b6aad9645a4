"""The three reference load scenarios, driven by locust against a plane that runs already."""
