"""A meeting point: nobody goes on before all are there."""

from gevent.event import Event


class Together:
    """Clients who wait for one another, over and over."""

    def __init__(self, parties: int) -> None:
        self._parties, self._waiting, self._open = parties, 0, Event()

    def meet(self) -> None:
        """Returns when as many wait as there are; the last to come lets them all go."""
        self._waiting += 1
        passed = self._open
        self._go_on_if_all()
        passed.wait()

    def leave(self) -> bool:
        """Be waited for no more; whether nobody is left."""
        self._parties -= 1
        if self._parties:
            self._go_on_if_all()
        return not self._parties

    def _go_on_if_all(self) -> None:
        if self._waiting == self._parties:
            passed, self._waiting, self._open = self._open, 0, Event()
            passed.set()
