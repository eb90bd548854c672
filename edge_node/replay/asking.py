"""Asking a node or the hub over HTTP: a lost answer is asked for again under the same key, and all is counted."""

import asyncio
from collections.abc import Callable, Mapping
from functools import partial
from http import HTTPStatus
from time import perf_counter
from typing import TypeVar

import httpx
import msgspec

from edge_node.replay.tally import Tally
from sync.vocabulary.errors import Fact

T = TypeVar("T")

ATTEMPTS_MAX = 20  # with the pauses below about two minutes: a node that is killed and restarted is back by then
PAUSE_SECONDS_FIRST, PAUSE_SECONDS_MAX = 0.1, 8.0
ANSWER_SECONDS_MAX = 40.0  # longer than a payment terminal takes to say "unknown"
COME_AGAIN = frozenset(
    {
        HTTPStatus.TOO_MANY_REQUESTS,
        HTTPStatus.BAD_GATEWAY,
        HTTPStatus.SERVICE_UNAVAILABLE,
        HTTPStatus.GATEWAY_TIMEOUT,
    }
)


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """What a refusal says of itself (RFC 9457)."""

    code: str = "unknown"
    facts: dict[str, Fact] = {}


class Refused(Exception):  # noqa: N818 - a fact, as the refusals of this house
    """The other side answered, and said no."""

    def __init__(self, *, status: int, problem: Problem, what: str, attempts: int) -> None:
        super().__init__(f"{what}: {status} {problem.code} {dict(problem.facts)}")
        self.status = status
        self.problem = problem
        self.is_repeated = attempts > 1  # an earlier attempt may have been done and its answer lost


class Unanswered(Exception):  # noqa: N818 - as above
    """Nobody answered, however often we asked."""


class Asker:
    """One keep-alive connection with its cookies."""

    def __init__(self, base_url: str, *, tally: Tally) -> None:
        self.base_url = base_url
        self._tally = tally
        self._client = httpx.AsyncClient(
            base_url=base_url,
            timeout=ANSWER_SECONDS_MAX,
            trust_env=False,
            headers={"Accept": "application/json", "Accept-Language": "en"},
        )

    async def close(self) -> None:
        """Let the connection go."""
        await self._client.aclose()

    async def get(self, path: str, answer_type: type[T], *, params: Mapping[str, str] | None = None) -> T:
        """What stands at ``path``; raises ``Refused``, ``Unanswered``."""
        build = partial(self._client.build_request, "GET", path, params=params)
        return msgspec.json.decode(await self._ask(build, what=f"GET {path}"), type=answer_type)

    async def send(
        self, method: str, path: str, body: msgspec.Struct | dict[str, str] | None = None, *, key: str | None = None
    ) -> bytes:
        """The raw answer; raises ``Refused``, ``Unanswered``. ``key`` makes repeating it harmless."""
        headers = {"Content-Type": "application/json"} if body is not None else {}
        if key is not None:
            headers["Idempotency-Key"] = key
        content = b"" if body is None else msgspec.json.encode(body)
        build = partial(self._client.build_request, method, path, content=content, headers=headers)
        return await self._ask(build, what=f"{method} {path}")

    async def timed(self, name: str, path: str, body: msgspec.Struct, *, key: str | None = None) -> bytes:
        """POST as ``send``, and count the time until the answer under ``name``."""
        began = perf_counter()
        answer = await self.send("POST", path, body, key=key)
        self._tally.answered(name, perf_counter() - began)
        return answer

    async def _ask(self, build: Callable[[], httpx.Request], *, what: str) -> bytes:
        pause = PAUSE_SECONDS_FIRST
        for attempt in range(1, ATTEMPTS_MAX + 1):
            response = await self._once(build())
            if response is not None and response.status_code not in COME_AGAIN:
                if response.is_success:
                    return response.content
                raise self._refused(response, what=what, attempts=attempt)
            self._tally.repeats += 1
            await asyncio.sleep(pause)
            pause = min(2 * pause, PAUSE_SECONDS_MAX)
        raise Unanswered(f"{what} of {self.base_url} was not answered in {ATTEMPTS_MAX} attempts")

    async def _once(self, request: httpx.Request) -> httpx.Response | None:
        self._tally.requests += 1
        try:
            return await self._client.send(request)
        except httpx.TransportError:
            return None

    def _refused(self, response: httpx.Response, *, what: str, attempts: int) -> Refused:
        try:
            problem = msgspec.json.decode(response.content, type=Problem)
        except msgspec.DecodeError:
            problem = Problem()
        self._tally.refusals[problem.code] += 1
        return Refused(status=response.status_code, problem=problem, what=what, attempts=attempts)
