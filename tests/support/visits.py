"""Signing in to an app of the tests without a password."""

from contextlib import contextmanager

import msgspec
from litestar import Litestar
from litestar.testing import TestClient

from sync.web.access import SESSION_KEY, SignedIn
from sync.web.sessions import COOKIE_STATE


@contextmanager
def visiting(app: Litestar, person: SignedIn | None):
    """A client whose every request is ``person``'s."""
    with TestClient(app) as client:
        if person is not None:
            client.blocking_portal.call(keep_session, app, person)
            client.cookies.set(app.state[COOKIE_STATE], person.staff_id)
        yield client


async def keep_session(app: Litestar, person: SignedIn) -> None:
    store = app.stores.get("sessions")
    await store.set(person.staff_id, msgspec.json.encode({SESSION_KEY: msgspec.to_builtins(person)}))
