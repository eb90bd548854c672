"""How an office of the demonstration comes to receive by appointment, and who books."""

import re
from datetime import UTC, datetime, timedelta

import httpx

from sync.vocabulary.working_days import local_day
from tests.support.demo_city import DemoCity
from tests.support.processes import wait_until

OPEN_SECONDS_MAX = 90  # the office tells its rules, the hub opens the days within ten seconds of hearing
SERVICE = "01-01"
OFFICE = "SHV"
RULES = {
    **{f"opens_{weekday}": "08:00" for weekday in range(1, 8)},
    **{f"closes_{weekday}": "17:00" for weekday in range(1, 8)},
    "exceptions": "24.12.2026\n31.12.2026 08:00-13:00",
    "desks_all": "3",
    "internet_all": "2",
    "desks_residence": "3",
    "internet_residence": "2",
    "slot_minutes": "15",
    "service_minutes": "01-02 30",
    "early_minutes": "30",
    "grace_minutes": "10",
    "lead_minutes": "120",
}
AT_OFFICE = (("09:00", "Косач Лариса", "0501112231"), ("09:15", "Франко Іван", "0501112232"))


def book_day() -> str:
    """The day people book in the story: the day after tomorrow."""
    return (local_day(datetime.now(UTC)) + timedelta(days=2)).isoformat()


def tell(city: DemoCity) -> dict[str, str]:
    """The head sets the rules, the hub opens the days; people book at home, by telephone and at the kiosk."""
    day = book_day()
    page = {"accept": "text/html"}
    with city.sign_in(OFFICE, f"{OFFICE.lower()}-office-head") as head:
        _sent(head.post("/desk/appointments/rules", data=RULES, headers=page))
    with city.sign_in("hub", None) as home:
        times = f"/book/{SERVICE}/{OFFICE}/{day}"
        wait_until(
            lambda: 'value="10:00"' in home.get(times, headers=page).text,
            what="the hub opens the days",
            seconds=OPEN_SECONDS_MAX,
        )
        kept = _sent(home.post(times, data={"slot": "10:00"}, headers=page))
        link = _sent(home.post(kept, data={"name": "Сковорода Григорій", "phone": "0501112233"}, headers=page))
        waiting = _sent(home.post(times, data={"slot": "11:00"}, headers=page))
    slip = ""
    with city.sign_in(OFFICE, f"{OFFICE.lower()}-receptionist") as reception:
        service = f"/desk/appointments/new/{SERVICE}"
        wait_until(
            lambda: f'value="{day} 09:00"' in reception.get(service, headers=page).text,
            what="the office hears of its days",
            seconds=OPEN_SECONDS_MAX,
        )
        for slot, name, phone in AT_OFFICE:
            held = _sent(reception.post(service, data={"at": f"{day} {slot}"}, headers=page))
            slip = _sent(reception.post(held, data={"name": name, "phone": phone}, headers=page))
        desk_kept = _sent(reception.post(service, data={"at": f"{day} 09:30"}, headers=page))
        wait_until(
            lambda: "Сковорода" in reception.get(f"/desk/appointments?day={day}", headers=page).text,
            what="the office hears of the booking",
            seconds=OPEN_SECONDS_MAX,
        )
    with city.sign_in(OFFICE, None) as kiosk:
        typing = _sent(kiosk.post(f"/kiosk/services/{SERVICE}/days/{day}", data={"slot": "08:30"}, headers=page))
        printed = _sent(kiosk.post(typing, data={"phone": "0501112234"}, headers=page))
    return {
        "book_day": day,
        "slip": printed.rpartition("/")[2],
        "appointment": link.rpartition("/")[2],
        "kept": waiting.rpartition("/")[2],
        "desk_slip": re.sub(r"^.*/slips/", "", slip),
        "desk_kept": desk_kept.rpartition("/")[2],
    }


def _sent(answer: httpx.Response) -> str:
    """Where the answer to a form sends the browser."""
    assert answer.status_code == 303, f"{answer.request.url.path}: {answer.status_code} {answer.text[:500]}"
    return str(answer.headers["location"])
