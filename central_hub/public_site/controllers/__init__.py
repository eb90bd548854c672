"""The public pages: one column, no scripts needed, no names."""

from litestar import Controller

from central_hub.public_site.controllers.booking import BookingPages, LinkPages, provide_choosing
from central_hub.public_site.controllers.feed import QueueFeed
from central_hub.public_site.controllers.pages import PublicFigures, PublicPages, provide_tracker
from central_hub.public_site.controllers.tickets import FollowedPages

__all__ = ["controllers", "provide_choosing", "provide_tracker"]

controllers: list[type[Controller]] = [PublicPages, PublicFigures, QueueFeed, BookingPages, LinkPages, FollowedPages]
