"""The hall's pages and JSON over a test store, with a door that lets in anybody under any role."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from litestar import Litestar, Request, post
from litestar.di import Provide
from litestar.params import FromPath
from litestar.testing import TestClient

from device_drivers.client import DevicesClient
from edge_node.display_board.controllers import controllers as display_board
from edge_node.front_office.controllers import controllers as front_office
from edge_node.front_office.model import Switchboard
from edge_node.kiosk.controllers import controllers as kiosk
from edge_node.kiosk.controllers.taking import TicketDesk
from edge_node.kiosk.model import Followed
from edge_node.queue.controllers import controllers as queue
from edge_node.queue.listeners import listen
from edge_node.settings import NodeSettings
from edge_node.statistics.controllers import controllers as statistics
from edge_node.supervisor.controllers import controllers as supervisor
from sync.vocabulary.ids import OfficeId, StaffId
from sync.vocabulary.staff import Role
from sync.web import sessions
from sync.web.access import SignedIn
from sync.web.pages import PageSettings, folders_of
from sync.web.parts import WebParts, WebSettings
from tests.support.clock import HandClock
from tests.support.hall import Hall

_given: dict[str, Any] = {}


@post("/let-in/{name:str}/{role:str}", include_in_schema=False)
async def let_in(name: FromPath[str], role: FromPath[Role], request: Request[Any, Any, Any]) -> None:
    """Sign somebody in, whoever asks."""
    person = SignedIn(staff_id=StaffId(name), name=name, roles=frozenset({role}), office_id=OfficeId("SHV"))
    await sessions.begin(request, person)


class HallClock:
    """The clock of whichever hall stands now."""

    def now(self) -> datetime:
        clock: HandClock = _given["clock"]
        return clock.now()


def hall_app(hall: Hall, *, folder: Path) -> Litestar:
    """The app over ``hall``; there is one app, made once, and one hall in it at a time."""
    settings = NodeSettings(office_id=OfficeId("SHV"), folder=folder)
    _given.update({"store": hall.store, "clock": hall.clock, "ids": hall.ids, "settings": settings})
    _given.update({"switchboard": Switchboard(), "devices": DevicesClient(settings.devices_socket)})
    _given["ticket_desk"] = TicketDesk(hall.store, clock=hall.clock, ids=hall.ids, settings=settings)
    _given["followed"] = Followed()
    app = _app()
    listen(hall.store, app.state["broadcaster"])
    return app


@cache
def _app() -> Litestar:
    pages = PageSettings(site_name="Центр адміністративних послуг", packages=folders_of(["edge_node"]))
    web = WebSettings(pages=pages, version="1", sessions_path=":memory:", clock=HallClock())
    return Litestar(
        route_handlers=[let_in, *display_board, *kiosk, *front_office, *queue, *statistics, *supervisor],
        dependencies={name: Provide(_giver(name), sync_to_thread=False) for name in _given},
        plugins=[WebParts(web)],
    )


def _giver(name: str) -> Callable[[], Any]:
    def give() -> Any:
        return _given[name]

    return give


@contextmanager
def visiting(
    app: Litestar, *, name: str | None = None, role: Role = Role.ADMINISTRATOR
) -> Iterator[TestClient[Litestar]]:
    """A client of the app, signed in as ``name`` when given."""
    with TestClient(app) as client:
        if name is not None:
            assert client.post(f"/let-in/{name}/{role.value}").status_code == 201
        yield client
