"""Reading and writing desks."""

from datetime import datetime

import msgspec

from edge_node.queue.model import BreakReason, Desk, DeskPlan, OpenDesk
from sync.storage import Reader, Transaction
from sync.vocabulary.catalogue import SPHERES, Sphere
from sync.vocabulary.ids import DeskId, StaffId


def desk(reader: Reader, *, desk_id: DeskId) -> Desk | None:
    """The desk with this id."""
    return reader.row("select * from desks where id = :id", Desk, id=desk_id)


def desk_by_number(reader: Reader, *, number: int) -> Desk | None:
    """The desk with this number over it."""
    return reader.row("select * from desks where number = :number", Desk, number=number)


def desk_of(reader: Reader, *, staff_id: StaffId) -> Desk | None:
    """The desk this person works at now."""
    return reader.row("select * from desks where occupant_id = :staff_id", Desk, staff_id=staff_id)


def desks(reader: Reader) -> list[Desk]:
    """All desks of the office by number."""
    return reader.rows("select * from desks order by number", Desk)


def open_desks(reader: Reader) -> list[OpenDesk]:
    """The desks somebody works at, by number, each with the ticket that stands there."""
    return reader.rows(
        """
        select desks.id, desks.number, desks.spheres, tickets.number as ticket_number, tickets.state as ticket_state
        from desks left join tickets on tickets.desk_id = desks.id and tickets.state in ('called', 'serving')
        where desks.occupant_id is not null and desks.break_reason is null order by desks.number
        """,
        OpenDesk,
    )


class SphereDesks(msgspec.Struct, frozen=True, kw_only=True):
    """How many desks serve a sphere, and how many of them are open."""

    sphere: Sphere
    desks: int
    open_desks: int


def desks_by_sphere(reader: Reader) -> dict[Sphere, SphereDesks]:
    """What the office serves, in the order of the kiosk's cards."""
    sql = """
        select json_each.value as sphere, count(*) as desks,
               count(*) filter (where desks.occupant_id is not null and desks.break_reason is null) as open_desks
        from desks, json_each(desks.spheres) group by json_each.value
        """
    found = {row.sphere: row for row in reader.rows(sql, SphereDesks)}
    return {sphere: found[sphere] for sphere in SPHERES if sphere in found}


def open_desks_of(reader: Reader, *, sphere: Sphere) -> int | None:
    """How many desks that serve the sphere are open; ``None`` where no desk of the office serves it.

    Asked with every ticket issued: the names of spheres are searched as they are written, which reads no JSON.
    """
    sql = """
        select case when count(*) = 0 then null
               else count(*) filter (where occupant_id is not null and break_reason is null) end
        from desks where instr(spheres, :quoted)
        """
    found = reader.scalar(sql, quoted=f'"{sphere.value}"')
    return found if isinstance(found, int) else None


def is_served(reader: Reader, *, sphere: Sphere) -> bool:
    """Whether any desk of the office serves the sphere."""
    sql = "select exists (select 1 from desks where instr(spheres, :quoted))"
    return reader.scalar(sql, quoted=f'"{sphere.value}"') == 1


def put_desk(tx: Transaction, *, desk_id: DeskId, plan: DeskPlan) -> None:
    """Set up a desk, or give the desk of that number other skills."""
    sql = """
        insert into desks (id, number, spheres, languages, signs) values (:id, :number, :spheres, :languages, :signs)
        on conflict (number) do update
            set spheres = excluded.spheres, languages = excluded.languages, signs = excluded.signs
        """
    tx.execute(sql, id=desk_id, number=plan.number, spheres=plan.spheres, languages=plan.languages, signs=plan.signs)


def set_spheres(tx: Transaction, *, desk_id: DeskId, spheres: tuple[Sphere, ...]) -> None:
    """What the desk serves from now on."""
    tx.execute("update desks set spheres = :spheres where id = :id", id=desk_id, spheres=spheres)


def set_occupant(tx: Transaction, *, desk_id: DeskId, staff_id: StaffId | None, now: datetime | None) -> None:
    """Who works at the desk and since when; both ``None`` when it is left."""
    sql = """
        update desks set occupant_id = :staff_id, occupied_at = :now, priority_streak = 0, appointment_streak = 0,
               break_reason = null, break_since = null
        where id = :id
        """
    tx.execute(sql, id=desk_id, staff_id=staff_id, now=now)


def set_break(tx: Transaction, *, desk_id: DeskId, reason: BreakReason | None, now: datetime | None) -> None:
    """Why the desk calls nobody and since when; both ``None`` when it works again."""
    sql = "update desks set break_reason = :reason, break_since = :now where id = :id"
    tx.execute(sql, id=desk_id, reason=reason, now=now)


def set_streaks(tx: Transaction, *, desk_id: DeskId, priority: int, appointment: int) -> None:
    """How many with priority, and how many with an appointment, the desk called last in a row."""
    sql = "update desks set priority_streak = :priority, appointment_streak = :appointment where id = :id"
    tx.execute(sql, id=desk_id, priority=priority, appointment=appointment)
