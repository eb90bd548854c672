"""``/metrics`` of both apps: who may read it, and figures in the text form of Prometheus."""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
from litestar import Response
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler
from litestar.types import Guard
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest

from sync.vocabulary.staff import Permission
from sync.web.access import may

LOOPBACK = frozenset({"127.0.0.1", "::1"})
FORWARDED = ("forwarded", "x-forwarded-for")


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """One number; ``None`` is not known, and not told. Figures of one name have the same labels."""

    name: str
    what: str
    value: float | None
    labels: Mapping[str, str] = {}


def this_machine_or(permission: Permission) -> Guard:
    """A guard: passes a collector on this very machine, and who has ``permission``; else raises as ``may``."""
    signed_in = may(permission)

    def guard(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
        if not is_this_machine(connection):
            signed_in(connection, handler)

    return guard


def is_this_machine(connection: ASGIConnection[Any, Any, Any, Any]) -> bool:
    """Whether who asks sits at this very machine, and no proxy passes on what somebody else asked."""
    is_passed_on = any(connection.headers.get(name) for name in FORWARDED)
    return not is_passed_on and connection.client is not None and connection.client.host in LOOPBACK


def told(figures: Iterable[Figure]) -> Response[bytes]:
    """The answer to a collector."""
    return Response(in_text_form(figures), media_type=CONTENT_TYPE_LATEST)


def in_text_form(figures: Iterable[Figure]) -> bytes:
    registry, gauges = CollectorRegistry(), dict[str, Gauge]()
    for figure in figures:
        if figure.value is None:
            continue
        if figure.name not in gauges:
            gauges[figure.name] = Gauge(figure.name, figure.what, tuple(figure.labels), registry=registry)
        gauge = gauges[figure.name]
        (gauge.labels(**figure.labels) if figure.labels else gauge).set(figure.value)
    return generate_latest(registry)
