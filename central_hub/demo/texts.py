"""What the demonstration says in the terminal: in both languages, for nobody has chosen one yet."""

from typing import Protocol

from central_hub.demo import people
from sync.vocabulary.ids import OfficeId
from sync.vocabulary.office import OFFICES

STARTING = "Запускаємо місто: міський вузол і три центри … · Starting the city: a hub and three offices …"
STOPPING = "Зупиняємо … · Stopping …"
_NAMES = {office.id: (office.name_uk, office.name_en) for office in OFFICES}


class Addresses(Protocol):
    """Where things are served."""

    @property
    def hub_url(self) -> str: ...
    @property
    def telephones_url(self) -> str: ...
    def office_port(self, office_id: OfficeId) -> int: ...


def welcome(places: Addresses, *, password: str) -> str:
    """Addresses and sign-ins, once everything answers."""
    lines = [
        "",
        "Місто працює. Ctrl-C зупиняє все; стан зберігається.",
        "The city is running. Ctrl-C stops everything; its state is kept.",
        "",
        f"  Сторінка для відвідувачів · public page   {places.hub_url}/",
        f"  Місто зараз · the city now                {places.hub_url}/city      city-head",
        f"  Телефони · telephones (SMS)               {places.telephones_url}/",
        "",
    ]
    for office_id in people.OFFICES:
        url, prefix = f"http://127.0.0.1:{places.office_port(office_id)}", office_id.lower()
        name_uk, name_en = _NAMES[office_id]
        administrators = f"{prefix}-administrator, -administrator-2 … -{people.DESKS[office_id]}"
        lines += [
            f"{name_uk} · {name_en} ({office_id})   {url}/",
            f"  термінал · kiosk {url}/kiosk   табло · board {url}/board",
            f"  вікно · desk          {url}/desk         {administrators}",
            f"  бек-офіс · back office {url}/back-office  {prefix}-registrar-residence, -migration …",
            f"  технік · technician    {url}/technician   {prefix}-technician",
            "",
        ]
    return "\n".join([*lines, f"Пароль для всіх · the password of all: {password}", ""])
