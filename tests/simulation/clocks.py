"""One virtual time for the city, and machines whose clocks are wrong."""

from datetime import datetime, timedelta

from tests.support.clock import HandClock


class MachineClock(HandClock):
    """The city's time as one machine sees it."""

    def __init__(self, city: HandClock) -> None:
        super().__init__()
        self._city = city
        self.error = timedelta()

    def now(self) -> datetime:
        return self._city.now() + self.error
