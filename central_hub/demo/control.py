"""Where the demonstration's lines are cut and mended: ``POST /lines/SHV {"state": "cut"}``, on this machine only."""

from collections.abc import Mapping

import msgspec
import uvicorn
from litestar import Litestar, get, post
from litestar.params import FromPath, JSONBody

from central_hub.demo.lines import Line, LineState, Relay
from sync.vocabulary.errors import NotFound
from sync.web.serving import QuietServer


class Wanted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a line shall be."""

    state: LineState


def control_server(relays: Mapping[str, Relay], *, port: int) -> QuietServer:
    """The server of the control address."""

    def relay_of(office_id: str) -> Relay:
        relay = relays.get(office_id)
        if relay is None:
            raise NotFound(what="line")
        return relay

    @get("/lines")
    async def lines() -> list[Line]:
        return [Line(office_id=office_id, state=relay.state) for office_id, relay in relays.items()]

    @get("/lines/{office_id:str}")
    async def line(office_id: FromPath[str]) -> Line:
        return Line(office_id=office_id, state=relay_of(office_id).state)

    @post("/lines/{office_id:str}", status_code=200)
    async def change(office_id: FromPath[str], data: JSONBody[Wanted]) -> Line:
        relay = relay_of(office_id)
        if data.state == "cut":
            relay.cut()
        else:
            await relay.mend()
        return Line(office_id=office_id, state=relay.state)

    app = Litestar([lines, line, change], openapi_config=None, logging_config=None)
    return QuietServer(uvicorn.Config(app, host="127.0.0.1", port=port, log_level="warning", lifespan="off"))
