"""Days and instants: where a day ends in UTC, local hours, and days counted between dates. No tables are read here."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import ibis
import ibis.expr.types as ir


def end_of_day(day: date, time_zone: str = "UTC") -> datetime:
    """The instant in UTC (without a zone, as the star stores it) at which `day` is over by the company's clock."""
    midnight = datetime.combine(day + timedelta(days=1), time(), ZoneInfo(time_zone))
    return midnight.astimezone(UTC).replace(tzinfo=None)


def known_instant(instant: ir.TimestampValue, as_of: date, time_zone: str = "UTC") -> ir.TimestampValue:
    """The instant where it had come by the end of `as_of`, else null: what lies ahead is not known yet."""
    return ibis.ifelse(instant < ibis.literal(end_of_day(as_of, time_zone)), instant, ibis.null("timestamp"))


def days_between(later: ir.DateValue, earlier: ir.DateValue) -> ir.IntegerValue:
    """Whole days from the earlier to the later date."""
    return later.delta(earlier, unit="day").cast("int64")


def days_until(as_of: date, day: ir.DateValue) -> ir.IntegerValue:
    """Whole days from `day` to `as_of`."""
    # ibis has no deferred literal for a date less a column; the column's own delta, negated, says the same.
    return (-day.delta(ibis.literal(as_of), unit="day")).cast("int64")


def hours_between(later: ir.TimestampValue, earlier: ir.TimestampValue) -> ir.FloatingValue:
    """Hours from the earlier to the later instant."""
    return later.delta(earlier, unit="second") / 3600


def days_after(day: ir.DateValue, days: ir.IntegerValue) -> ir.DateValue:
    """The date so many days after `day`."""
    # Through an instant: DuckDB makes date + interval an instant, and ibis drops the cast back it takes for idle.
    return (day.cast("timestamp") + days.as_interval("D")).cast("date")


def local_hour(instant: ir.TimestampValue, first: date, last: date, time_zone: str = "UTC") -> ir.IntegerValue:
    """The hour 0 to 23 by the company's clock of instants between two days."""
    minutes = instant.hour() * 60 + instant.minute() + offset_minutes(instant, first, last, time_zone) + 1440
    return (minutes // 60 % 24).cast("int64")


def offset_minutes(instant: ir.TimestampValue, first: date, last: date, time_zone: str) -> ir.IntegerValue:
    """Minutes by which the company's clock is ahead of UTC: one branch for every change of the clock between."""
    zone = ZoneInfo(time_zone)
    changes: list[tuple[datetime, int]] = []
    moment = datetime.combine(first, time(), UTC) - timedelta(days=1)
    offset = _offset(moment, zone)
    # Clocks change on quarters of an hour; only a day that holds a change is searched for it.
    while moment.date() <= last + timedelta(days=1):
        after = moment + timedelta(days=1)
        if _offset(after, zone) != _offset(moment, zone):
            quarters = (moment + timedelta(minutes=15 * step) for step in range(1, 97))
            change = next(at for at in quarters if _offset(at, zone) != _offset(moment, zone))
            changes.append((change.replace(tzinfo=None), _offset(change, zone)))
        moment = after
    if not changes:
        return ibis.literal(offset)
    newest_first = [(instant >= ibis.literal(at), minutes) for at, minutes in reversed(changes)]
    return ibis.cases(*newest_first, else_=offset)


def _offset(moment: datetime, zone: ZoneInfo) -> int:
    """Minutes ahead of UTC at a moment."""
    ahead = moment.astimezone(zone).utcoffset()
    return 0 if ahead is None else int(ahead.total_seconds()) // 60
