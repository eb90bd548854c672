"""``/``: what this node has to show, for who opens its address for the first time."""

from litestar import Controller, get
from litestar.response import Template


class StartPage(Controller):
    """The kiosk, the board, the way in for staff."""

    include_in_schema = False

    @get("/")
    async def start(self) -> Template:
        """Nothing on it is secret, and nothing on it is live."""
        return Template("front_office/start.html")
