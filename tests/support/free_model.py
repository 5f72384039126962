"""
When somebody is free, by a model that looks at one quarter of an hour after the other, as a clock on the wall in Helsinki shows it.
"""

import datetime
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

HELSINKI = ZoneInfo("Europe/Helsinki")
STEP = datetime.timedelta(minutes=15)


@dataclass
class Plan:
    """Times are of datetime.time, with None for the end of the day; days are of datetime.date, moments know their zone."""
    weekly: list = field(default_factory=list)      # (weekday from 1, from, until, first day, last day or None)
    exceptions: list = field(default_factory=list)  # (first day, last day, from or None, until)
    singles: list = field(default_factory=list)     # (from, until)
    bookings: list = field(default_factory=list)    # (from, until): a task at a place needs the way before and after them
    agreement: tuple = (datetime.date(2000, 1, 1), None)
    travel: datetime.timedelta = datetime.timedelta(0)

    def is_free(self, moment):
        """In the quarter that begins at this moment."""
        shown = moment.astimezone(HELSINKI)
        day, time = shown.date(), shown.time()
        if day < self.agreement[0] or self.agreement[1] is not None and day > self.agreement[1]:
            return False
        if any(begins - self.travel <= moment < ends + self.travel for begins, ends in self.bookings):
            return False
        if any(begins <= moment < ends for begins, ends in self.singles):
            return True
        other = [(begins, ends) for first, last, begins, ends in self.exceptions if first <= day <= last]
        hours = other if other else [(begins, ends) for weekday, begins, ends, first, last in self.weekly
                                     if weekday == day.isoweekday() and first <= day and (last is None or day <= last)]
        return any(begins is not None and begins <= time and (ends is None or time < ends) for begins, ends in hours)

    def free(self, from_at, until_at, minutes):
        """[(from, until)] of at least so many minutes, in their order."""
        found, moment = [], from_at
        while moment < until_at:
            if self.is_free(moment):
                if found and found[-1][1] == moment:
                    found[-1] = (found[-1][0], moment + STEP)
                else:
                    found.append((moment, moment + STEP))
            moment += STEP
        return [(begins, ends) for begins, ends in found if ends - begins >= datetime.timedelta(minutes=minutes)]
