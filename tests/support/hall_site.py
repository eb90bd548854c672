"""A hall served over HTTP in this very process: for a browser, without the city around it."""

import threading
import time
from pathlib import Path
from typing import Self

import uvicorn

from edge_node.catalogue import queries as catalogue
from edge_node.queue.model import Desk
from sync.storage import Transaction
from sync.vocabulary.catalogue import Sphere, parse_names, parse_seed
from sync.vocabulary.seed import __path__ as seed_path
from tests.support.hall import Hall
from tests.support.hall_app import hall_app
from tests.support.processes import free_port, wait_until

SEED = Path(seed_path[0])


class HallSite:
    """All spheres at two desks, the whole catalogue, and an address."""

    def __init__(self, folder: Path) -> None:
        self.hall = Hall(folder)
        self.hall.clock.move(seconds=time.time() - self.hall.clock.now().timestamp())  # a browser has its own clock
        self.desks: list[Desk] = [self.hall.open_desk(desk) for desk in self.hall.set_up(tuple(Sphere), tuple(Sphere))]
        self.hall.do(_furnish)
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
    names = parse_names((SEED / "services_en.csv").read_text(encoding="utf-8"))
    for each in parse_seed((SEED / "services.csv").read_text(encoding="utf-8"), names_en=names):
        catalogue.save_service(tx, each)
