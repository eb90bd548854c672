"""The helper process that speaks pycups: libcups has no timeout, so whoever waits for it must be able to kill it.

Reads requests and writes answers as lines of JSON. The server is the environment's CUPS_SERVER: pycups forgets a host
given to Connection when it creates jobs, and setServer is forgotten by other threads.
"""

import json
import sys
from pathlib import Path

import cups

CHUNK_BYTES = 65_536
JOBS_MAX = 500  # what cupsd keeps by default
_JOB_FIELDS = ["job-id", "job-name", "job-state", "job-state-reasons"]

Json = dict[str, object]


def printer(connection: cups.Connection, asked: Json) -> Json:
    """State and reasons of the queue."""
    found = connection.getPrinterAttributes(
        str(asked["queue"]),
        requested_attributes=["printer-state", "printer-state-reasons", "printer-is-accepting-jobs"],
    )
    reasons = found.get("printer-state-reasons", [])
    return {
        "state": found.get("printer-state", 0),
        "reasons": reasons if isinstance(reasons, list) else [reasons],
        "is_accepting": bool(found.get("printer-is-accepting-jobs", True)),
    }


def queues(connection: cups.Connection, _: Json) -> Json:
    """Every queue by its name, with what people call it."""
    found = connection.getPrinters()
    return {"queues": {name: str(each.get("printer-info") or name) for name, each in found.items()}}


def find(connection: cups.Connection, asked: Json) -> Json:
    """The job whose name ends with the mark; 0 when there is none."""
    for which in ("not-completed", "completed"):
        jobs = connection.getJobs(which_jobs=which, my_jobs=False, limit=JOBS_MAX, requested_attributes=_JOB_FIELDS)
        for job_id, job in jobs.items():
            if str(job.get("job-name", "")).endswith(str(asked["mark"])):
                return {"job_id": job_id}
    return {"job_id": 0}


def job(connection: cups.Connection, asked: Json) -> Json:
    """The state of one job, and what was said of the printer while it was printed."""
    fields = [*_JOB_FIELDS, "job-printer-state-reasons"]
    found = connection.getJobAttributes(int(str(asked["job_id"])), requested_attributes=fields)
    reasons = found.get("job-printer-state-reasons", [])
    return {"state": found.get("job-state", 0), "reasons": reasons if isinstance(reasons, list) else [reasons]}


def create(connection: cups.Connection, asked: Json) -> Json:
    """A job without its document: nothing can be printed yet."""
    options = {"copies": str(asked["copies"]), "media": "iso_a4_210x297mm"}
    return {"job_id": connection.createJob(str(asked["queue"]), str(asked["name"]), options)}


def send(connection: cups.Connection, asked: Json) -> Json:
    """The document of a created job; from the first byte on it may be printed."""
    queue, job_id = str(asked["queue"]), int(str(asked["job_id"]))
    connection.startDocument(queue, job_id, "document.pdf", "application/pdf", 1)
    with Path(str(asked["path"])).open("rb") as document:
        while chunk := document.read(CHUNK_BYTES):
            connection.writeRequestData(chunk, len(chunk))
    connection.finishDocument(queue)
    return {}


def cancel(connection: cups.Connection, asked: Json) -> Json:
    """Drop a job that never got its document."""
    connection.cancelJob(int(str(asked["job_id"])))
    return {}


ACTIONS = {
    "printer": printer,
    "queues": queues,
    "find": find,
    "job": job,
    "create": create,
    "send": send,
    "cancel": cancel,
}


def main() -> None:
    """Answer until the parent closes the pipe."""
    connection: cups.Connection | None = None
    for line in sys.stdin:
        asked = json.loads(line)
        try:
            if connection is None:
                connection = cups.Connection()
            answer = ACTIONS[asked["do"]](connection, asked)
        except cups.IPPError as error:
            answer = {"error": str(error.args[-1]), "status": int(error.args[0])}
        except RuntimeError as error:
            connection = None
            answer = {"error": str(error), "status": 0}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
