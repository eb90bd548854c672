"""The case side of one office as an app in this process: real controllers on a real store."""

from functools import cache
from pathlib import Path

from litestar import Litestar, Router
from litestar.di import Provide

from edge_node.back_office import controllers as back_office
from edge_node.back_office import listeners as back_office_live
from edge_node.case_register import controllers as case_register
from edge_node.catalogue import controllers as catalogue
from edge_node.intake import controllers as intake
from edge_node.settings import NodeSettings
from edge_node.staff import controllers as staff
from sync.ambient import Clock, Ids
from sync.replication.messages import CheckoutRequest, PullItem
from sync.replication.transport import Unreachable
from sync.storage import Store
from sync.web.pages import PageSettings, folders_of
from sync.web.parts import WebParts, WebSettings
from tests.support.builders import SHV
from tests.support.clock import HandClock
from tests.support.front_desk import FrontDesk

CONTROLLERS = (
    *catalogue.controllers,
    *staff.controllers,
    *case_register.controllers,
    *intake.controllers,
    *back_office.controllers,
)


class CutLine:
    """A hub that cannot be reached."""

    async def checkout(self, request: CheckoutRequest) -> PullItem:
        raise Unreachable(request.number)


class Premises:
    """Where the app stands today: the office of the test that runs."""

    office: FrontDesk

    def store(self) -> Store:
        return self.office.store

    def clock(self) -> Clock:
        return self.office.clock

    def ids(self) -> Ids:
        return self.office.ids

    def settings(self) -> NodeSettings:
        return NodeSettings(office_id=SHV, folder=Path())

    def hub(self) -> object:
        return CutLine()


def desk_app(office: FrontDesk) -> Litestar:
    """All pages and endpoints of the case side of ``office``; the line to the hub is cut."""
    app, premises = _app()
    premises.office = office
    app.state.pop("sign_in_guards", None)
    back_office_live.listen(office.store, app.state["broadcaster"])
    return app


@cache
def _app() -> tuple[Litestar, Premises]:
    """One app for all tests: reading every template and text takes longer than the tests."""
    premises = Premises()
    names = ("store", "clock", "ids", "settings", "hub")
    pages = PageSettings(site_name="Шевченківський ЦНАП", packages=folders_of(["edge_node"]))
    web = WebSettings(pages=pages, version="0", sessions_path=":memory:", clock=HandClock())
    app = Litestar(
        route_handlers=[Router("/", route_handlers=[*CONTROLLERS])],
        dependencies={name: Provide(getattr(premises, name), sync_to_thread=False) for name in names},
        plugins=[WebParts(web)],
    )
    return app, premises
