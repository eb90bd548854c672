"""What both Litestar apps start from, as one plugin: ``Litestar(route_handlers=[…], plugins=[WebParts(settings)])``."""

from pathlib import Path

import msgspec
from litestar import Litestar, Router, get
from litestar.config.allowed_hosts import AllowedHostsConfig
from litestar.config.app import AppConfig
from litestar.datastructures import CacheControlHeader
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.config import OpenAPIConfig
from litestar.plugins import InitPlugin
from litestar.response import Template
from litestar.static_files import create_static_files_router
from litestar.template.config import TemplateConfig

from sync.ambient import Clock, SystemClock
from sync.web import assets, health, openapi
from sync.web.i18n import Texts
from sync.web.live import Broadcaster
from sync.web.middleware import TEXTS_STATE, LanguageMiddleware, SameOriginMiddleware, add_security_headers
from sync.web.pages import STATIC, PageSettings, static_prefix, template_engine
from sync.web.problems import EXCEPTION_HANDLERS, read_body
from sync.web.sessions import COOKIE, COOKIE_STATE, SessionStore, session_config

BODY_BYTES_MAX = 1024 * 1024  # a form, a batch of JSON; a handler of scans says its own limit
YEAR_SECONDS = 365 * 24 * 60 * 60
HOUR_SECONDS = 60 * 60


class WebSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How an app's web part is set up.

    ``sessions_path`` ``:memory:`` keeps sessions for one run; ``is_https`` keeps cookies off plain HTTP. Apps on one
    machine need each their ``session_cookie``: a browser does not tell the cookies of two ports apart.
    """

    pages: PageSettings
    version: str
    sessions_path: Path | str
    session_cookie: str = COOKIE
    is_https: bool = False
    allowed_hosts: tuple[str, ...] = ()
    checks: health.Checks = health.no_checks
    clock: Clock = SystemClock()
    body_bytes_max: int = BODY_BYTES_MAX


class WebParts(InitPlugin):
    """Problems, pages, languages, sessions, static files, security headers, health, OpenAPI.

    The broadcaster of live pages is ``app.state["broadcaster"]``, in a handler `sync.web.live.broadcaster_of`.
    Raises AssetsMissing when the browser's assets are not built.
    """

    def __init__(self, settings: WebSettings) -> None:
        assets.require_built()
        self._settings = settings

    def on_app_init(self, app_config: AppConfig) -> AppConfig:
        """Add the shared parts to an app's own."""
        settings = self._settings
        app_config.state[TEXTS_STATE] = Texts.load(settings.pages.packages)
        app_config.state[COOKIE_STATE] = settings.session_cookie
        app_config.state["broadcaster"] = broadcaster = Broadcaster()
        app_config.stores = {"sessions": SessionStore(settings.sessions_path, clock=settings.clock)}
        app_config.exception_handlers = {**EXCEPTION_HANDLERS, **app_config.exception_handlers}
        app_config.template_config = TemplateConfig(instance=template_engine(settings.pages))
        sessions = session_config(cookie=settings.session_cookie, secure=settings.is_https)
        app_config.middleware = [
            LanguageMiddleware(),
            SameOriginMiddleware(),
            sessions.middleware,
            *app_config.middleware,
        ]
        app_config.before_send = [*app_config.before_send, add_security_headers]
        app_config.logging_config = None  # the app sets up logging for everything, not Litestar for itself
        app_config.before_request = app_config.before_request or read_body
        app_config.route_handlers = [
            *app_config.route_handlers,
            *_static_routers(),
            health.health_router(settings.checks),
        ]
        app_config.route_handlers.append(_truth_route(settings.pages))
        app_config.openapi_config = OpenAPIConfig(
            title=str(settings.pages.site_name),
            version=settings.version,
            path="/schema",
            render_plugins=[openapi.DescribedDocument()],  # the pages of the other plugins load from elsewhere
            use_handler_docstrings=True,
        )
        if settings.allowed_hosts:
            app_config.allowed_hosts = AllowedHostsConfig(allowed_hosts=[*settings.allowed_hosts])
        app_config.on_startup = [*app_config.on_startup, self._limit_bodies]
        app_config.on_shutdown = [*app_config.on_shutdown, lambda _app: broadcaster.close()]
        return app_config

    def _limit_bodies(self, app: Litestar) -> None:
        """Litestar 2.25 does not read this setting from a plugin; handlers ask the app when the first body comes."""
        app.request_max_body_size = self._settings.body_bytes_max


def _truth_route(settings: PageSettings) -> HTTPRouteHandler:
    @get("/live/truth", include_in_schema=False)
    async def truth_line() -> Template:
        return Template("parts/truth.html", context={"state": settings.truth()})

    return truth_line


def _static_routers() -> list[Router]:
    """Files under an address with their digest are kept for a year; the bare ``/static`` for an hour."""
    kept = CacheControlHeader(max_age=YEAR_SECONDS, public=True, immutable=True)
    brief = CacheControlHeader(max_age=HOUR_SECONDS, public=True)
    return [
        create_static_files_router(path=static_prefix(), directories=[STATIC], name="static-kept", cache_control=kept),
        create_static_files_router(path="/static", directories=[STATIC], name="static", cache_control=brief),
    ]
