"""A hall served over HTTP in this very process: for a browser, without the city around it."""

import threading
import time
from datetime import timedelta
from pathlib import Path
from typing import Self

import uvicorn

from edge_node.appointments import commands
from edge_node.catalogue import queries as catalogue
from edge_node.queue.model import Desk
from sync.storage import Transaction, replica
from sync.vocabulary.appointment_rules import HORIZON_DAYS, AppointmentRules, DeskGroup, slots_on
from sync.vocabulary.catalogue import Sphere, parse_names, parse_seed
from sync.vocabulary.office import OFFICES, OpeningDay
from sync.vocabulary.seed import __path__ as seed_path
from sync.vocabulary.working_days import local_day
from tests.support.hall import Hall
from tests.support.hall_app import hall_app
from tests.support.office_day import CLERK, SHV, open_day
from tests.support.processes import free_port, wait_until

SEED = Path(seed_path[0])
BOOKED_AT = AppointmentRules(
    hours=tuple(OpeningDay(weekday=day, opens="08:00", closes="17:00") for day in range(1, 8)),
    groups=(DeskGroup(group="all", desks=2, internet_desks=1),),
)


class HallSite:
    """All spheres at two desks, the whole catalogue, three weeks open for appointments, and an address."""

    def __init__(self, folder: Path) -> None:
        self.hall = Hall(folder)
        self.hall.clock.move(seconds=time.time() - self.hall.clock.now().timestamp())  # a browser has its own clock
        self.desks: list[Desk] = [self.hall.open_desk(desk) for desk in self.hall.set_up(tuple(Sphere), tuple(Sphere))]
        self.hall.do(_furnish)
        self.hall.do(commands.set_rules, BOOKED_AT, by=CLERK, now=self.hall.clock.now(), ids=self.hall.ids)
        today = local_day(self.hall.clock.now())
        self.days = [today + timedelta(days=ahead) for ahead in range(HORIZON_DAYS + 1)]
        for day in self.days:
            open_day(self.hall, day, slots=slots_on(BOOKED_AT, day))
        port = free_port()
        app = hall_app(self.hall, folder=folder)
        self._server = uvicorn.Server(
            uvicorn.Config(app, host="127.0.0.1", port=port, log_level="warning", timeout_graceful_shutdown=5)
        )
        self._thread = threading.Thread(target=self._server.run)
        self.url = f"http://127.0.0.1:{port}"

    def __enter__(self) -> Self:
        self._thread.start()
        wait_until(lambda: self._server.started, what="the hall's server")
        return self

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join()
        self.hall.close()


def _furnish(tx: Transaction) -> None:
    replica.begin_stream(tx, node_id="node-shv", incarnation="1")
    replica.heard(tx, hub_incarnation="1", cursor=0)
    catalogue.save_office(tx, next(each for each in OFFICES if each.id == SHV))
    names = parse_names((SEED / "services_en.csv").read_text(encoding="utf-8"))
    for each in parse_seed((SEED / "services.csv").read_text(encoding="utf-8"), names_en=names):
        catalogue.save_service(tx, each)
