"""The devices as the technician's page has them, for a terminal: what each is believed to be, and its trial."""

import asyncio
from functools import partial
from pathlib import Path

import click
import msgspec

from device_drivers.client import DevicesClient
from device_drivers.driver import Health, HealthState
from device_drivers.errors import DeviceError, OutcomeUnknown
from device_drivers.trials import Trials
from device_drivers.wire import DeviceStatus
from edge_node.printing import commands as printing
from edge_node.printing import queries as papers
from edge_node.printing.model import PrintJob, PrintState
from edge_node.technician import queries as technician
from sync.ambient import Clock, Ids
from sync.cli.findings import Finding, State
from sync.storage import Store
from sync.web.i18n import Texts, keyed, speaking, use_texts

EDGE_NODE = Path(__file__).parents[1]
STATES: dict[HealthState, State] = {
    HealthState.READY: "ok",
    HealthState.DEGRADED: "warn",
    HealthState.UNKNOWN: "warn",
    HealthState.OFFLINE: "fail",
}
PAGE_SECONDS_MAX = 60.0  # a page is set and printed within a minute, or somebody has to look anyway
LOOK_SECONDS = 1.0  # another process prints: only the journal tells this one how it ended
ENDED = frozenset({PrintState.PRINTED, PrintState.FAILED, PrintState.UNKNOWN})


async def examine(client: DevicesClient) -> list[Finding]:
    """Every configured device, looked at now; they are asked side by side."""
    use_texts(Texts.load([EDGE_NODE]))
    with speaking("en"):
        try:
            known = (await client.devices()).devices
        except DeviceError as error:
            return [_said("devices", "fail", error.reason)]
        if not known:
            return [Finding(check="devices", state="warn", what="none is configured", remedy="edge-devices find")]
        return await asyncio.gather(*(_look(client, device) for device in known))


async def _look(client: DevicesClient, device: DeviceStatus) -> Finding:
    check = f"device {device.name}"
    try:
        health = await client.call(device.name, "probe")
    except DeviceError as error:
        return _said(check, "fail", error.reason)
    if not isinstance(health, Health):
        raise TypeError(f"{type(health).__name__} instead of Health")
    if not health.reasons:
        state = keyed("device-state", health.state.value)
        return Finding(
            check=check, state=STATES[health.state], what=f"{keyed('device-family', device.family)}, {state}"
        )
    return _said(check, STATES[health.state], *health.reasons)


class TrialRound(msgspec.Struct, frozen=True, kw_only=True):
    """Lets every device that answers act once; what it did stands in the node's journals."""

    client: DevicesClient
    store: Store
    clock: Clock
    ids: Ids
    spool: Path
    page_seconds: float = PAGE_SECONDS_MAX
    look_seconds: float = LOOK_SECONDS

    async def run(self) -> list[Finding]:
        """One device after another, so that a person can follow them through the hall."""
        use_texts(Texts.load([EDGE_NODE]))
        words = technician.trial_words()  # in Ukrainian: the hall hears and reads it
        trials = Trials(self.client, words=words, spool=self.spool)
        try:
            known = (await self.client.devices()).devices
        except DeviceError:
            return []  # said by ``examine``
        return [await self._try(device, trials) for device in known]

    async def _try(self, device: DeviceStatus, trials: Trials) -> Finding:
        check = f"trial of {device.name}"
        with speaking("en"):
            if (hint := keyed("device-trial-hint", device.family)) != device.family:
                click.echo(f"{device.name}: {hint}", err=True)
            if device.family == "telephone":
                remedy = "dial a number from the technician's page"
                return Finding(check=check, state="ok", what="not tried: it needs a number", remedy=remedy)
        try:
            if device.family == "document_printer":
                return await self._print(device.name, check)
            await trials.run(device.name, family=device.family, ref=self.ids.new(), now=self.clock.now())
        except OutcomeUnknown as error:
            return _said(check, "warn", error.reason)
        except DeviceError as error:
            return _said(check, "fail", error.reason)
        return Finding(check=check, state="ok", what="done: look, or listen, whether it came")

    async def _print(self, name: str, check: str) -> Finding:
        """Through the node's own journal: the running node prints it."""
        order = partial(printing.order_test_page, printer=name, order_id=self.ids.new(), now=self.clock.now())
        job = await self.store.run(order)
        try:
            async with asyncio.timeout(self.page_seconds):
                ended = await self._ended(job.id)
        except TimeoutError:
            remedy = "see that edge-node runs and that the printer has paper; the page comes out when they do"
            return Finding(check=check, state="warn", what="the test page waits", remedy=remedy)
        if ended.state is PrintState.PRINTED:
            return Finding(check=check, state="ok", what="printed: look at the page")
        return _said(check, "fail" if ended.state is PrintState.FAILED else "warn", ended.reason or "no-answer")

    async def _ended(self, job_id: str) -> PrintJob:
        while True:
            job = await self.store.read(partial(papers.print_job, job_id=job_id))
            if job is not None and job.state in ENDED:
                return job
            await asyncio.sleep(self.look_seconds)


def _said(check: str, state: State, *reasons: str) -> Finding:
    """A device's reasons in words, and what a person does about them."""
    with speaking("en"):
        remedies = [text for reason in reasons if (text := keyed("device-remedy", reason)) != reason]
        what = " ".join(keyed("device-reason", reason) for reason in reasons)
    return Finding(check=check, state=state, what=what, remedy=" ".join(remedies), reasons=reasons)
