"""Every page of node and hub, by who sees it and at what size: tests and pictures walk one list."""

import msgspec

DESK = (1366, 768)
KIOSK = (1080, 1920)
LYING_KIOSK = (1280, 800)
BOARD = (1920, 1080)
STANDING_BOARD = (1080, 1920)
PHONE = (390, 844)
WALL = (1920, 1080)


class PageOf(msgspec.Struct, frozen=True, kw_only=True):
    """A page: ``path`` may name facts of the story (`tests.support.story`); ``login`` None is anybody."""

    name: str
    place: str
    path: str
    login: str | None = None
    size: tuple[int, int] = DESK
    status: int = 200


def _shv(name: str, path: str, role: str) -> PageOf:
    return PageOf(name=name, place="SHV", path=path, login=f"shv-{role}")


ADMINISTRATOR, SECOND, REGISTRAR, TECHNICIAN = (
    "administrator",
    "administrator-2",
    "registrar-residence",
    "technician",
)
BOOK_TIMES = "/kiosk/services/01-01/days/{book_day}"
MOVE_TO = "/appointments/{slip}/move?at={book_day} 10:30"

HALL = (
    PageOf(name="start", place="SHV", path="/", size=PHONE),
    PageOf(name="kiosk-1-spheres", place="SHV", path="/kiosk", size=KIOSK),
    PageOf(name="kiosk-2-purposes", place="SHV", path="/kiosk/residence", size=KIOSK),
    PageOf(name="kiosk-3-priority", place="SHV", path="/kiosk/residence/priority", size=KIOSK),
    PageOf(name="kiosk-4-out-of-turn", place="SHV", path="/kiosk/residence?priority=disability", size=KIOSK),
    PageOf(name="kiosk-5-ticket", place="SHV", path="/kiosk/tickets/{ticket}", size=KIOSK),
    PageOf(name="kiosk-6-leave", place="SHV", path="/kiosk/tickets/{ticket}/leave", size=KIOSK),
    PageOf(name="kiosk-search", place="SHV", path="/kiosk/search", size=KIOSK),
    PageOf(name="kiosk-found", place="SHV", path="/kiosk/search?q=паспорт", size=KIOSK),
    PageOf(name="kiosk-service", place="SHV", path="/kiosk/services/03-04", size=KIOSK),
    PageOf(name="kiosk-book-1-days", place="SHV", path="/kiosk/services/01-01/days", size=KIOSK),
    PageOf(name="kiosk-book-2-times", place="SHV", path=BOOK_TIMES, size=KIOSK),
    PageOf(name="kiosk-book-3-not-kept", place="SHV", path="/kiosk/services/01-01/kept/nothing", size=KIOSK),
    PageOf(name="kiosk-book-4-booked", place="SHV", path="/kiosk/bookings/{slip}", size=KIOSK),
    PageOf(name="kiosk-book-5-cancel", place="SHV", path="/kiosk/bookings/{slip}/cancel", size=KIOSK),
    PageOf(name="kiosk-code", place="SHV", path="/kiosk/code", size=KIOSK),
    PageOf(name="kiosk-case", place="SHV", path="/kiosk/case", size=KIOSK),
    PageOf(name="kiosk-lying-1-spheres", place="SHV", path="/kiosk", size=LYING_KIOSK),
    PageOf(name="kiosk-lying-2-purposes", place="SHV", path="/kiosk/residence", size=LYING_KIOSK),
    PageOf(name="kiosk-lying-5-ticket", place="SHV", path="/kiosk/tickets/{ticket}", size=LYING_KIOSK),
    PageOf(name="kiosk-lying-found", place="SHV", path="/kiosk/search?q=субсидія", size=LYING_KIOSK),
    PageOf(name="kiosk-lying-service", place="SHV", path="/kiosk/services/03-04", size=LYING_KIOSK),
    PageOf(name="kiosk-lying-book-1-days", place="SHV", path="/kiosk/services/01-01/days", size=LYING_KIOSK),
    PageOf(name="kiosk-lying-book-2-times", place="SHV", path=BOOK_TIMES, size=LYING_KIOSK),
    PageOf(name="kiosk-lying-book-4-booked", place="SHV", path="/kiosk/bookings/{slip}", size=LYING_KIOSK),
    PageOf(name="kiosk-lying-case", place="SHV", path="/kiosk/case", size=LYING_KIOSK),
    PageOf(name="phone-ticket", place="SHV", path="/tickets/{ticket}", size=PHONE),
    PageOf(name="phone-appointment", place="SHV", path="/appointments/{slip}", size=PHONE),
    PageOf(name="phone-appointment-times", place="SHV", path="/appointments/{slip}/times", size=PHONE),
    PageOf(name="phone-appointment-move", place="SHV", path=MOVE_TO, size=PHONE),
    PageOf(name="phone-appointment-cancel", place="SHV", path="/appointments/{slip}/cancel", size=PHONE),
    PageOf(name="phone-appointment-unknown", place="SHV", path="/appointments/nothing", size=PHONE, status=404),
    PageOf(name="board", place="SHV", path="/board", size=BOARD),
    PageOf(name="board-standing", place="SHV", path="/board", size=STANDING_BOARD),
    PageOf(name="board-empty", place="RCP", path="/board", size=BOARD),
    PageOf(name="not-found", place="SHV", path="/nothing-here", size=PHONE, status=404),
)
STAFF = (
    PageOf(name="sign-in", place="SHV", path="/sign-in"),
    PageOf(name="sign-in-password", place="SHV", path="/sign-in/password"),
    _shv("desk-1-choose", "/desk", SECOND),
    _shv("desk-2-serving", "/desk", ADMINISTRATOR),
    PageOf(name="desk-3-free", place="KYV", path="/desk", login="kyv-administrator"),
    _shv("intake-1-start", "/desk/intake?ticket={serving}", ADMINISTRATOR),
    _shv("intake-2-applicant", "/desk/intake/{draft}/applicant", ADMINISTRATOR),
    _shv("intake-3-service", "/desk/intake/{draft}/service?sphere=residence", ADMINISTRATOR),
    _shv("intake-4-papers", "/desk/intake/{draft}/papers", ADMINISTRATOR),
    _shv("intake-5-check", "/desk/intake/{draft}/check", ADMINISTRATOR),
    _shv("intake-6-registered", "/desk/intake/registered/{case}", ADMINISTRATOR),
    _shv("case", "/cases/{case}", ADMINISTRATOR),
    _shv("case-new", "/cases/{new_case}", ADMINISTRATOR),
    _shv("scans", "/cases/{case}/scans", ADMINISTRATOR),
    _shv("scans-empty", "/cases/{new_case}/scans", ADMINISTRATOR),
    _shv("scans-stopped", "/cases/{decide_case}/scans", ADMINISTRATOR),
    _shv("payment", "/cases/{case}/payment", ADMINISTRATOR),
    _shv("payment-due", "/cases/{new_case}/payment", ADMINISTRATOR),
    PageOf(name="payment-unknown", place="KYV", path="/cases/{unknown_case}/payment", login="kyv-administrator"),
    _shv("payments", "/payments", ADMINISTRATOR),
    PageOf(name="payments-unknown", place="KYV", path="/payments", login="kyv-administrator"),
    _shv("payments-shift", "/payments/shifts/{shift}", ADMINISTRATOR),
    _shv("payments-recipients", "/payments/recipients", TECHNICIAN),
    _shv("payments-recipients-seen", "/payments/recipients", ADMINISTRATOR),
    _shv("payments-trial", "/payments/trials/payment-terminal", TECHNICIAN),
    _shv("waits", "/waits", "office-head"),
    PageOf(name="supervisor", place="SHV", path="/supervisor", login="shv-office-head", size=WALL),
    _shv("supervisor-desks", "/supervisor/desks", "office-head"),
    _shv("statistics", "/statistics", "office-head"),
    _shv("statistics-own", "/statistics?by=hour", ADMINISTRATOR),
    _shv("issue", "/desk/issue", ADMINISTRATOR),
    _shv("copying", "/desk/copying", ADMINISTRATOR),
    _shv("search", "/desk/cases", ADMINISTRATOR),
    _shv("back-office-administrator", "/back-office", ADMINISTRATOR),
    _shv("back-office-registrar", "/back-office", REGISTRAR),
    _shv("case-registrar", "/cases/{decide_case}", REGISTRAR),
    _shv("case-head", "/cases/{case}", "head-residence"),
    _shv("notices", "/board/notices", "office-head"),
    _shv("technician", "/technician", TECHNICIAN),
    _shv("technician-device", "/technician/devices/ticket-printer", TECHNICIAN),
    _shv("technician-telephone", "/technician/devices/telephone", TECHNICIAN),
    _shv("technician-reader", "/technician/devices/barcode-reader", TECHNICIAN),
    _shv("technician-simulators", "/technician/simulators", TECHNICIAN),
    _shv("technician-find", "/technician/find-devices", TECHNICIAN),
    PageOf(name="technician-pairing", place="SHV", path="/technician/pairing"),
    _shv("appointments", "/desk/appointments?day={book_day}", "receptionist"),
    _shv("appointments-empty", "/desk/appointments?day=2030-01-01", "receptionist"),
    _shv("appointments-new", "/desk/appointments/new?q=місця", "receptionist"),
    _shv("appointments-times", "/desk/appointments/new/01-01", "receptionist"),
    _shv("appointments-slip", "/desk/appointments/slips/{desk_slip}", "receptionist"),
    _shv("appointment-rules", "/desk/appointments/rules", "office-head"),
    _shv("forbidden", "/technician", REGISTRAR),
)
HUB = (
    PageOf(name="public-home", place="hub", path="/", size=PHONE),
    PageOf(name="public-services", place="hub", path="/services", size=PHONE),
    PageOf(name="public-services-sphere", place="hub", path="/services?sphere=residence", size=PHONE),
    PageOf(name="public-services-none", place="hub", path="/services?q=qqqqq", size=PHONE),
    PageOf(name="public-service", place="hub", path="/services/01-01", size=PHONE),
    PageOf(name="book-1-office", place="hub", path="/book/01-01", size=PHONE),
    PageOf(name="book-2-day", place="hub", path="/book/01-01/SHV", size=PHONE),
    PageOf(name="book-3-time", place="hub", path="/book/01-01/SHV/{book_day}", size=PHONE),
    PageOf(name="book-3-no-time", place="hub", path="/book/01-01/SHV/2030-01-01", size=PHONE),
    PageOf(name="appointment", place="hub", path="/appointments/{appointment}", size=PHONE),
    PageOf(name="appointment-cancel", place="hub", path="/appointments/{appointment}/cancel", size=PHONE),
    PageOf(name="appointment-move", place="hub", path="/appointments/{appointment}/times", size=PHONE),
    PageOf(name="appointment-unknown", place="hub", path="/appointments/nothing", size=PHONE, status=404),
    PageOf(name="public-offices", place="hub", path="/offices", size=PHONE),
    PageOf(name="public-track", place="hub", path="/track", size=PHONE),
    PageOf(name="public-ticket", place="hub", path="/tickets/SHV/{ticket}", size=PHONE),
    PageOf(name="hub-not-found", place="hub", path="/services/99-99", size=PHONE, status=404),
    PageOf(name="hub-sign-in", place="hub", path="/sign-in"),
    PageOf(name="hub-sign-in-password", place="hub", path="/sign-in/password"),
    PageOf(name="city", place="hub", path="/city", login="city-head", size=WALL),
    PageOf(name="city-halls", place="hub", path="/city/halls", login="city-head"),
    PageOf(name="city-cases", place="hub", path="/city/cases", login="city-head"),
    PageOf(name="city-cases-none", place="hub", path="/city/cases?day=2024-01-05", login="city-head"),
    PageOf(name="city-case", place="hub", path="/city/cases/{case}", login="city-head"),
    PageOf(name="city-quarantine", place="hub", path="/city/quarantine", login="city-head"),
    PageOf(name="city-erasures", place="hub", path="/city/erasures", login="city-head"),
    PageOf(name="city-pairings", place="hub", path="/city/pairings", login="city-technician"),
    PageOf(name="city-technician", place="hub", path="/city", login="city-technician"),
)
PAGES = tuple(
    msgspec.structs.replace(each, status=403) if each.name == "forbidden" else each for each in (*HALL, *STAFF, *HUB)
)
