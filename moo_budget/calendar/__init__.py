"""Week by week: the money of a front's plans placed in periods, and measured on the dynamic response."""

from moo_budget.calendar.frame import calendar_frame
from moo_budget.calendar.law import CalendarLaw
from moo_budget.calendar.scheduling import schedule

__all__ = ["CalendarLaw", "calendar_frame", "schedule"]
