"""The ways a launch ends early, as sentences for the person at the terminal."""


class LaunchError(Exception):
    """The plane cannot start or go on; the text says why and what to do."""


class StopRequested(Exception):  # noqa: N818 - not an error: somebody asked the plane to stop
    """A signal asked for the end while something was being waited for."""
