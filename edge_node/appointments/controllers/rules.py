"""``/desk/appointments/rules``: when the office receives by appointment, set by its head."""

import re
from datetime import date
from functools import partial

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import URLEncodedBody
from litestar.response import Redirect, Template

from edge_node.appointments import commands, queries
from edge_node.appointments.controllers.booking_desk import AT_DESK, BookingDesk
from edge_node.settings import NodeSettings
from sync.storage import Store
from sync.vocabulary.appointment import WHOLE_OFFICE
from sync.vocabulary.appointment_rules import (
    DESKS_MAX,
    SLOT_MINUTES_ALLOWED,
    AppointmentRules,
    DayException,
    DeskGroup,
)
from sync.vocabulary.catalogue import SPHERES
from sync.vocabulary.errors import InvalidInput
from sync.vocabulary.office import OpeningDay
from sync.vocabulary.staff import Permission
from sync.web.access import may
from sync.web.forms import form_at

PAGE = "/desk/appointments/rules"
WEEKDAYS = range(1, 8)
_TIME = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])")
_EXCEPTION = re.compile(r"([0-9]{1,2})\.([0-9]{1,2})\.([0-9]{4})(?:\s+(\S+)\s*[-–—]\s*(\S+))?")
_SERVICE = re.compile(r"([0-9]{2}-[0-9]{2,3})\s*[:=–—-]?\s+([0-9]{1,3})")


class RulesPages(Controller):
    """One page with all the rules; a day unlike others, and a long service, is a line of text."""

    path = PAGE
    include_in_schema = False
    guards = (may(Permission.OPEN_APPOINTMENTS),)
    dependencies = AT_DESK

    @get("/")
    async def page(self, store: NamedDependency[Store], settings: NamedDependency[NodeSettings]) -> Template:
        """The rules in force."""
        rules = await store.read(partial(queries.rules, office_id=settings.office_id))
        context = {
            "rules": rules,
            "weekdays": WEEKDAYS,
            "hours": {each.weekday: each for each in rules.hours},
            "groups": {each.group: each for each in rules.groups},
            "spheres": SPHERES,
            "slots": SLOT_MINUTES_ALLOWED,
            "exceptions_text": "\n".join(exception_line(each) for each in rules.exceptions),
            "services_text": "\n".join(f"{code} {minutes}" for code, minutes in sorted(rules.service_minutes.items())),
            "desks_max": DESKS_MAX,
        }
        return Template("appointments/rules.html", context=context)

    @post("/", opt=form_at(PAGE))
    async def save(self, data: URLEncodedBody[dict[str, str]], desk: NamedDependency[BookingDesk]) -> Redirect:
        """Let them be in force."""
        await desk.do(partial(commands.set_rules, rules=rules_of(data)))
        return Redirect("/desk/appointments", status_code=303)


def rules_of(form: dict[str, str]) -> AppointmentRules:
    """The rules that the form says; raises InvalidInput naming the field."""
    hours = []
    for weekday in WEEKDAYS:
        opens, closes = form.get(f"opens_{weekday}", "").strip(), form.get(f"closes_{weekday}", "").strip()
        if opens or closes:
            opened, closed = _time(opens, f"opens_{weekday}"), _time(closes, f"closes_{weekday}")
            hours.append(OpeningDay(weekday=weekday, opens=opened, closes=closed))
    groups = []
    for group in (WHOLE_OFFICE, *SPHERES):
        desks = _whole(form, f"desks_{group}", most=DESKS_MAX)
        internet = _whole(form, f"internet_{group}", most=desks)
        if desks:
            groups.append(DeskGroup(group=group, desks=desks, internet_desks=internet))
    return AppointmentRules(
        hours=tuple(hours),
        exceptions=tuple(_exceptions(form.get("exceptions", ""))),
        groups=tuple(groups),
        slot_minutes=_whole(form, "slot_minutes", most=60),
        service_minutes=_services(form.get("service_minutes", "")),
        closes_on_holidays="closes_on_holidays" in form,
        early_minutes=_whole(form, "early_minutes", most=120),
        grace_minutes=_whole(form, "grace_minutes", most=15),
        lead_minutes=_whole(form, "lead_minutes", most=2880),
    )


def exception_line(exception: DayException) -> str:
    """``24.12.2026 09:00-12:00``, or the day alone for one on which the office is closed."""
    day = f"{exception.day:%d.%m.%Y}"
    return f"{day} {exception.opens}-{exception.closes}" if exception.opens else day


def _exceptions(text: str) -> list[DayException]:
    found = []
    for line in filter(None, map(str.strip, text.splitlines())):
        match = _EXCEPTION.fullmatch(line)
        if match is None:
            raise InvalidInput(field="exceptions", rule="appointment-exception")
        try:
            day = date(int(match[3]), int(match[2]), int(match[1]))
        except ValueError as error:
            raise InvalidInput(field="exceptions", rule="appointment-exception") from error
        opens = _time(match[4], "exceptions") if match[4] else None
        closes = _time(match[5], "exceptions") if match[5] else None
        found.append(DayException(day=day, opens=opens, closes=closes))
    return sorted(found, key=lambda each: each.day)


def _services(text: str) -> dict[str, int]:
    found = {}
    for line in filter(None, map(str.strip, text.splitlines())):
        match = _SERVICE.fullmatch(line)
        if match is None:
            raise InvalidInput(field="service_minutes", rule="appointment-service")
        found[match[1]] = int(match[2])
    return found


def _time(text: str, field: str) -> str:
    match = _TIME.fullmatch(text)
    if match is None:
        raise InvalidInput(field=field, rule="local-time")
    return f"{int(match[1]):02d}:{match[2]}"


def _whole(form: dict[str, str], field: str, *, most: int) -> int:
    text = form.get(field, "").strip() or "0"
    if not text.isdecimal() or int(text) > most:
        raise InvalidInput(field=field, rule="between", minimum=0, maximum=most)
    return int(text)
