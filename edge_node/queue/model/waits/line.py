"""One queue through one day, told event by event: who waits, which desks are open, how fast it was called."""

from bisect import bisect_right

from edge_node.queue.model.waits.bins import BIN_MINUTES, BINS, DayBins

DAY_MINUTES = BINS * BIN_MINUTES
_END = DAY_MINUTES - 1e-6  # what happens at midnight counts as the last moment of the day


class Line:
    """The day of one queue so far. Minutes count from local midnight and never go back; a ticket is any text."""

    def __init__(self) -> None:
        self.bins = DayBins()
        self.desks = 0
        self.waiting: dict[str, float] = {}  # ticket → minute of issue, in the order of the line
        self.issues: list[float] = []
        self.calls: list[float] = []
        self.waits: list[float] = []
        self.calls_while_waited: list[int] = []  # with each call: calls made since that ticket was issued, itself too
        self.busy_desk_minutes = 0.0
        self.busy_calls = 0
        self._minute = 0.0
        self._desk_minutes = [0.0]  # of desks from midnight to each change, with the minute of that change
        self._desk_changes = [0.0]
        self._desk_counts = [0]

    def issue(self, ticket: str, *, minute: float) -> None:
        """A ticket was taken, or came from another queue."""
        self.advance(minute)
        self.waiting[ticket] = self._minute
        self.issues.append(self._minute)

    def call(self, ticket: str, *, minute: float) -> None:
        """A waiting ticket was called; one that does not wait here changes nothing."""
        self.advance(minute)
        issued = self.waiting.pop(ticket, None)
        if issued is None:
            return
        waited, place = self._minute - issued, int(self._minute // BIN_MINUTES)
        self.calls.append(self._minute)
        self.waits.append(waited)
        self.calls_while_waited.append(max(len(self.calls) - bisect_right(self.calls, issued), 1))
        self.bins.calls[place] += 1
        self.bins.waits[place] += waited
        self.bins.last_call = self._minute
        if self.desks:
            self.busy_calls += 1
            self.bins.busy_calls[place] += 1

    def leave(self, ticket: str, *, minute: float) -> None:
        """A ticket waits here no longer, and nobody called it."""
        self.advance(minute)
        self.waiting.pop(ticket, None)

    def open_desks(self, count: int, *, minute: float) -> None:
        """So many desks serve this queue from now on."""
        self.advance(minute)
        if count == self.desks:
            return
        self._desk_minutes.append(self._desk_minutes_until(self._minute))
        self._desk_changes.append(self._minute)
        self._desk_counts.append(count)
        self.desks = count

    def advance(self, minute: float) -> None:
        """Let time pass; a minute that has passed already changes nothing."""
        until = min(minute, _END)
        while self._minute < until:
            place = int(self._minute // BIN_MINUTES)
            here = min(until, (place + 1) * BIN_MINUTES)
            self._count(place, here - self._minute)
            self._minute = here

    def called_within(self, minutes: float) -> int:
        """Calls in the last so many minutes."""
        return len(self.calls) - bisect_right(self.calls, self._minute - minutes)

    def issued_within(self, minutes: float) -> int:
        """Tickets taken in the last so many minutes."""
        return len(self.issues) - bisect_right(self.issues, self._minute - minutes)

    def mean_desks(self, minutes: float) -> float:
        """Open desks over the last so many minutes, on average."""
        since = max(self._minute - minutes, 0.0)
        return (self._desk_minutes_until(self._minute) - self._desk_minutes_until(since)) / minutes

    def _desk_minutes_until(self, minute: float) -> float:
        place = bisect_right(self._desk_changes, minute) - 1
        return self._desk_minutes[place] + self._desk_counts[place] * (minute - self._desk_changes[place])

    def _count(self, place: int, minutes: float) -> None:
        waiting, bins = len(self.waiting), self.bins
        bins.waiting[place] += waiting * minutes
        bins.desks[place] += self.desks * minutes
        if waiting and self.desks:
            bins.busy[place] += minutes
            bins.busy_desks[place] += self.desks * minutes
            self.busy_desk_minutes += self.desks * minutes
