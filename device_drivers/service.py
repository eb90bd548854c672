"""The drivers' process: devices behind a unix socket, so that no device can stop the app."""

import asyncio
import logging
import signal
import sys
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import msgspec
import structlog

from device_drivers.discovery import discover
from device_drivers.errors import BadCall, DeviceError, Unavailable
from device_drivers.hot_plug import hot_plug
from device_drivers.registry import Device, DevicesFile, make_devices
from device_drivers.settings_file import SettingsFile
from device_drivers.supervised import feed_watchdog, is_journal_here, to_journal
from device_drivers.wire import (
    ALL_DEVICES,
    Answer,
    Devices,
    DeviceStatus,
    Failure,
    Request,
    Result,
    close_writer,
    encode_frame,
    failure_of,
    read_frame,
)
from device_drivers.worker import Worker

CONNECTIONS_MAX = 256  # one app asks, with one connection per call
SOCKET_MODE = 0o660  # the app's group may ask, nobody else

log = structlog.get_logger("devices")
_T = TypeVar("_T")


class AlreadyRunning(Exception):  # noqa: N818 - the name is the fact
    """Another process answers on the socket."""


class DeviceService:
    """Answers requests on a unix socket with one Worker per device."""

    def __init__(
        self, devices: list[Device], *, now: Callable[[], datetime], settings: SettingsFile | None = None
    ) -> None:
        self._now = now
        self._settings = settings
        self._workers: dict[str, Worker] = {}
        self._driver_names: dict[str, str] = {}
        self._watches: dict[str, asyncio.Task[None]] = {}
        self._ports = [device.port for device in devices if device.port is not None]
        for device in devices:
            self._add(device)
        self._tasks: set[asyncio.Task[None]] = set()
        self._connections: dict[asyncio.Task[None], asyncio.StreamWriter] = {}
        self._server: asyncio.Server | None = None

    async def start(self, socket_path: Path) -> None:
        """Listen on ``socket_path`` and begin to watch the devices; raises AlreadyRunning."""
        await _require_free(socket_path)
        _make_room(socket_path)
        self._server = await asyncio.start_unix_server(self._serve, path=str(socket_path))
        _restrict(socket_path)
        for name in self._workers:
            self._watch(name)
        self._spawn(hot_plug(self.stir, ports=self._ports))
        log.info("listening", socket=str(socket_path), devices=sorted(self._workers))

    def stir(self) -> None:
        """Look at every device soon: something was plugged in or pulled out."""
        for worker in self._workers.values():
            worker.stir()

    async def close(self) -> None:
        """Stop listening, drop the watches, close the drivers; acts under way end in their threads."""
        if self._server is not None:
            self._server.close()
        for task in self._tasks:
            task.cancel()
        for writer in self._connections.values():
            writer.close()  # ends the task that reads from it; asyncio wants such a task never cancelled
        await asyncio.gather(*self._tasks, *self._connections, return_exceptions=True)
        await asyncio.gather(*(worker.close() for worker in self._workers.values()))

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if len(self._connections) >= CONNECTIONS_MAX:
            writer.close()
            return
        here = asyncio.current_task()
        if here is not None:
            self._connections[here] = writer
            here.add_done_callback(self._connections.pop)
        lock = asyncio.Lock()
        try:
            while True:
                request = await read_frame(reader, Request)
                self._spawn(self._answer(request, writer, lock))
        except (EOFError, OSError):
            return  # the caller has left; what it asked for goes on
        except ValueError as error:
            log.warning("no request", why=str(error))
        finally:
            await close_writer(writer)

    async def _answer(self, request: Request, writer: asyncio.StreamWriter, lock: asyncio.Lock) -> None:
        answer = await self._result_of(request)
        async with lock:
            try:
                writer.write(encode_frame(answer))
                await writer.drain()
            except OSError:
                log.info("nobody waits for the answer", device=request.device, method=request.method)

    async def _result_of(self, request: Request) -> Answer:
        try:
            if request.device == ALL_DEVICES:
                return Answer(id=request.id, result=await self._own(request))
            worker = self._workers.get(request.device)
            if worker is None:
                raise Unavailable("not-configured")
            return Answer(id=request.id, result=await worker.call(request.method, request.arguments))
        except DeviceError as error:
            log.info(
                "not done", device=request.device, method=request.method, error=type(error).__name__, why=error.reason
            )
            return Answer(id=request.id, error=failure_of(error))
        except BadCall as error:
            log.warning("bad call", device=request.device, method=request.method)
            return Answer(id=request.id, error=Failure(kind="bad-call", reason=str(error)))

    async def _own(self, request: Request) -> Result:
        """What the process itself answers, about all devices and the file that names them."""
        match request.method:
            case "devices":
                return self._devices()
            case "discover":
                return await discover()
            case "settings":
                return self._file().settings(_checked(_Named, request).name)
            case "configure":
                wanted = _checked(_Wanted, request)
                self._require_idle(wanted.name)
                file = self._file().put(wanted.name, driver=wanted.driver, keys=wanted.keys)
                await self._replace(wanted.name, file)
                return self._devices()
            case "forget":
                name = _checked(_Named, request).name
                self._require_idle(name)
                await self._replace(name, self._file().remove(name))
                return self._devices()
        raise BadCall(f"the process has no method {request.method!r}")

    def _file(self) -> SettingsFile:
        if self._settings is None:
            raise Unavailable("settings-read-only")
        return self._settings

    def _require_idle(self, name: str) -> None:
        """A device in the middle of an act keeps its driver: somebody waits for the outcome."""
        if name in self._workers and self._workers[name].is_busy:
            raise Unavailable("still-busy")

    async def _replace(self, name: str, file: DevicesFile) -> None:
        """Let the device be what the file says, or be no more."""
        worker = self._workers.pop(name, None)
        if worker is not None:
            self._watches.pop(name).cancel()
            await worker.close()
        for device in make_devices(file):
            if device.name == name:
                self._add(device)
                self._watch(name)
        log.info("settings changed", device=name, is_there=name in self._workers)

    def _add(self, device: Device) -> None:
        self._workers[device.name] = Worker(device.name, driver=device.driver, family=device.family, now=self._now)
        self._driver_names[device.name] = device.driver_name

    def _watch(self, name: str) -> None:
        self._watches[name] = self._spawn(self._workers[name].watch())

    def _devices(self) -> Devices:
        statuses = (
            DeviceStatus(name=name, family=worker.family.name, driver=self._driver_names[name], health=worker.health)
            for name, worker in sorted(self._workers.items())
        )
        return Devices(devices=tuple(statuses))

    def _spawn(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task


class _Named(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    name: str


class _Wanted(_Named, frozen=True, kw_only=True, forbid_unknown_fields=True):
    driver: str
    keys: str = ""


def _checked(kind: type[_T], request: Request) -> _T:
    try:
        return msgspec.convert(request.arguments, kind)
    except msgspec.ValidationError as error:
        raise BadCall(f"{request.method}: {error}") from error


async def serve(file: DevicesFile, *, until: asyncio.Event, path: Path | None = None) -> None:
    """Serve the devices of ``file`` until told to stop; raises AlreadyRunning.

    ``path`` is where the file stands, when it may be changed through the socket.
    """
    settings = None if path is None else SettingsFile(path)
    service = DeviceService(make_devices(file), now=lambda: datetime.now(UTC), settings=settings)
    await service.start(Path(file.socket))
    supervised = asyncio.create_task(feed_watchdog())
    try:
        await until.wait()
    finally:
        supervised.cancel()
        await service.close()
        _make_room(Path(file.socket))


async def stop_signal() -> asyncio.Event:
    """An event that SIGINT or SIGTERM sets."""
    until = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, until.set)
    return until


def log_to_stderr() -> None:
    """One JSON object a line, or fields where the journal hears; addresses that hold what people dial stay out."""
    logging.getLogger("httpx").setLevel(logging.WARNING)
    if is_journal_here():
        structlog.configure(
            processors=[structlog.processors.format_exc_info, to_journal],
            wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        )
        return
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


async def _require_free(socket_path: Path) -> None:
    try:
        _, writer = await asyncio.open_unix_connection(str(socket_path))
    except OSError:
        return  # no socket, or one that a killed process left behind
    await close_writer(writer)
    raise AlreadyRunning(f"another process answers on {socket_path}")


def _make_room(socket_path: Path) -> None:
    socket_path.parent.mkdir(parents=True, exist_ok=True)
    socket_path.unlink(missing_ok=True)


def _restrict(socket_path: Path) -> None:
    socket_path.chmod(SOCKET_MODE)
