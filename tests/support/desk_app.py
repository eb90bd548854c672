"""The case side of one office as an app in this process: real controllers on a real store."""

from pathlib import Path

from litestar import Litestar
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
from tests.support.front_desk import FrontDesk


class CutLine:
    """A hub that cannot be reached."""

    async def checkout(self, request: CheckoutRequest) -> PullItem:
        raise Unreachable(request.number)


def desk_app(office: FrontDesk) -> Litestar:
    """All pages and endpoints of the case side; the line to the hub is cut."""

    def store() -> Store:
        return office.store

    def clock() -> Clock:
        return office.clock

    def ids() -> Ids:
        return office.ids

    def settings() -> NodeSettings:
        return NodeSettings(office_id=SHV, folder=Path())

    def hub() -> object:
        return CutLine()

    pages = PageSettings(site_name="Шевченківський ЦНАП", packages=folders_of(["edge_node"]))
    app = Litestar(
        route_handlers=[
            *catalogue.controllers,
            *staff.controllers,
            *case_register.controllers,
            *intake.controllers,
            *back_office.controllers,
        ],
        dependencies={
            "store": Provide(store, sync_to_thread=False),
            "clock": Provide(clock, sync_to_thread=False),
            "ids": Provide(ids, sync_to_thread=False),
            "settings": Provide(settings, sync_to_thread=False),
            "hub": Provide(hub, sync_to_thread=False),
        },
        plugins=[WebParts(WebSettings(pages=pages, version="0", sessions_path=":memory:", clock=office.clock))],
    )
    back_office_live.listen(office.store, app.state["broadcaster"])
    return app
