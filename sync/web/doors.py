"""Which addresses an application answers on which of its ports."""

from collections.abc import Callable

import msgspec
from litestar.types import ASGIApp, Receive, Scope, Send

STATUS = 403
PROBLEM = "application/problem+json"


class Door:
    """``app`` on one port: a request for an address that is not open here is refused with ``code``."""

    def __init__(self, app: ASGIApp, *, is_open: Callable[[str], bool], code: str) -> None:
        self._app = app
        self._is_open = is_open
        self._refusal = msgspec.json.encode({"type": "about:blank", "title": code, "status": STATUS, "code": code})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand the request on, or refuse it unread."""
        # an address is routed with one slash, however many it has
        if str(scope["type"]) == "lifespan" or self._is_open("/" + scope["path"].lstrip("/")):
            await self._app(scope, receive, send)
            return
        headers = [(b"content-type", PROBLEM.encode()), (b"content-length", str(len(self._refusal)).encode())]
        await send({"type": "http.response.start", "status": STATUS, "headers": headers})
        await send({"type": "http.response.body", "body": self._refusal, "more_body": False})
