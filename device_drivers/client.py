"""The app's side of the drivers' process."""

import asyncio
from pathlib import Path

import msgspec

from device_drivers.errors import DeviceError, OutcomeUnknown, Unavailable
from device_drivers.simulated import SimulatorState
from device_drivers.wire import (
    ACTS,
    ALL_DEVICES,
    Answer,
    Devices,
    Request,
    Result,
    close_writer,
    encode_frame,
    error_of,
    read_frame,
)

SILENCE_SECONDS_MAX = 2_000.0  # longer than any deadline the process itself keeps: it always answers first
CONTROL_SECONDS_MAX = 10.0


class DevicesClient:
    """Calls devices by name; one connection per call, so calls never wait for each other here."""

    def __init__(self, socket_path: Path | str) -> None:
        self._socket_path = str(socket_path)

    async def call(self, device: str, method: str, **arguments: object) -> Result:
        """Let ``device`` do ``method`` and give its result (the structs of its family's protocol module).

        ``probe`` gives Health. Raises Unavailable, NeedsAttention, OutcomeUnknown as the driver does; Unavailable also
        when the process is not running, OutcomeUnknown also when it goes away during an act. A wrong method or
        argument is a BadCall (a ValueError): a bug of the caller. Cancelling the call does not stop the act.
        """
        frame = encode_frame(Request(id=1, device=device, method=method, arguments=_as_builtins(arguments)))
        try:
            reader, writer = await asyncio.open_unix_connection(self._socket_path)
        except OSError as error:
            raise Unavailable("devices-not-running") from error
        try:
            writer.write(frame)
            await writer.drain()
            async with asyncio.timeout(SILENCE_SECONDS_MAX):
                answer = await read_frame(reader, Answer)
        except (OSError, EOFError, TimeoutError) as error:
            raise _lost(method, arguments) from error
        finally:
            await close_writer(writer)
        if answer.error is not None:
            raise error_of(answer.error)
        if answer.result is None:
            raise ValueError("an answer without result and error")
        return answer.result

    async def devices(self) -> Devices:
        """Every configured device with its family and health; touches no device."""
        result = await self.call(ALL_DEVICES, "devices")
        if not isinstance(result, Devices):
            raise TypeError(f"{type(result).__name__} instead of Devices")
        return result


def _as_builtins(arguments: dict[str, object]) -> dict[str, object]:
    builtins: dict[str, object] = msgspec.to_builtins(arguments)
    return builtins


def _lost(method: str, arguments: dict[str, object]) -> DeviceError:
    """What a connection lost after the request was sent means for this method."""
    if method in ACTS:
        return OutcomeUnknown(str(arguments.get("ref", "")), reason="devices-lost")
    return Unavailable("devices-lost")


class _ControlAnswer(msgspec.Struct, frozen=True, kw_only=True):
    devices: tuple[SimulatorState, ...] = ()
    error: str | None = None


class SimulatorsClient:
    """Sets faults of simulated devices; for the demo's technician page and for tests."""

    def __init__(self, socket_path: Path | str) -> None:
        self._socket_path = str(socket_path)

    async def list(self) -> tuple[SimulatorState, ...]:
        """Every simulator with its fault, the faults it knows, and what it has done; raises Unavailable."""
        return await self._ask({"do": "list"})

    async def set_fault(self, device: str, fault: str | None) -> tuple[SimulatorState, ...]:
        """Give ``device`` a fault, or make it well with None; raises ValueError for one that is not known."""
        return await self._ask({"do": "set-fault", "device": device, "fault": fault})

    async def scan(self, code: str) -> tuple[SimulatorState, ...]:
        """Hold a code before the barcode reader; raises ValueError when it is unplugged."""
        return await self._ask({"do": "scan", "code": code})

    async def _ask(self, wish: dict[str, str | None]) -> tuple[SimulatorState, ...]:
        try:
            reader, writer = await asyncio.open_unix_connection(self._socket_path, limit=1 << 20)
            try:
                writer.write(msgspec.json.encode(wish) + b"\n")
                async with asyncio.timeout(CONTROL_SECONDS_MAX):
                    line = await reader.readline()
            finally:
                await close_writer(writer)
        except OSError as error:
            raise Unavailable("simulators-not-running") from error
        answer = msgspec.json.decode(line, type=_ControlAnswer)
        if answer.error is not None:
            raise ValueError(answer.error)
        return answer.devices
