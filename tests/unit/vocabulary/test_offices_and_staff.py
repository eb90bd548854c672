"""Offices, roles, and the small things node and hub agree on."""

from datetime import UTC, date, datetime

import msgspec
import pytest

from sync.vocabulary.archive import may_be_destroyed, retained_until
from sync.vocabulary.clock import tick, wall_time
from sync.vocabulary.errors import InvalidInput
from sync.vocabulary.identifiers.official_number import official_number, parse_official_number
from sync.vocabulary.identifiers.phone import check_phone
from sync.vocabulary.ids import OfficeId, StaffId
from sync.vocabulary.live import LiveState
from sync.vocabulary.office import OFFICES, OfficeKind
from sync.vocabulary.staff import PERMISSIONS, Permission, Role, StaffMember, may, permissions
from sync.vocabulary.ticket import FINAL_STATES, TicketState


def test_the_city_has_twelve_offices_of_which_one_is_regional() -> None:
    assert len({office.id for office in OFFICES}) == len(OFFICES) == 12
    assert {"SHV", "KYV", "RCP"} <= {office.id for office in OFFICES}
    assert [office.id for office in OFFICES if office.kind is OfficeKind.REGIONAL] == ["RCP"]
    assert all(check_phone(office.phone) == office.phone for office in OFFICES if office.phone)


def test_every_office_can_give_official_numbers_of_its_own() -> None:
    assert len({office.numeric_code for office in OFFICES}) == 12
    for office in OFFICES:
        assert parse_official_number(official_number(office.id, year=2026, counter=1)).office_id == office.id


def test_every_role_has_its_permissions() -> None:
    assert set(PERMISSIONS) == set(Role)
    assert set().union(*PERMISSIONS.values()) == set(Permission)


def test_the_centre_never_decides_and_the_provider_never_takes_in() -> None:
    assert not may([Role.ADMINISTRATOR], Permission.DECIDE_CASES)
    assert not may([Role.REGISTRAR], Permission.REGISTER_CASES)
    assert may([Role.ADMINISTRATOR, Role.REGISTRAR], Permission.DECIDE_CASES)
    assert not may([], Permission.READ_CASES)


def test_a_technician_sees_no_personal_data() -> None:
    personal = {Permission.READ_CASES, Permission.SEARCH_APPLICANTS, Permission.READ_ACCESS_LOG}
    assert not permissions([Role.TECHNICIAN]) & personal


def test_a_password_hash_does_not_show_in_logs() -> None:
    member = StaffMember(
        id=StaffId("S1"),
        login="olena",
        name="Олена Коваль",
        roles=frozenset({Role.ADMINISTRATOR}),
        office_id=OfficeId("SHV"),
        password_hash="$argon2id$secret",
    )
    assert "secret" not in repr(member)
    assert "secret" not in f"{[member]}"


def test_a_live_state_counts_everybody_waiting_and_survives_the_wire() -> None:
    live = LiveState(
        office_id=OfficeId("SHV"), taken_at=datetime(2026, 11, 21, tzinfo=UTC), waiting={"social": 3, "pensions": 4}
    )
    assert live.waiting_total == 7
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(live), type=LiveState) == live


def test_a_ticket_ends_in_one_of_its_final_states() -> None:
    moving = {TicketState.WAITING, TicketState.CALLED, TicketState.SERVING, TicketState.PARKED}
    assert set(TicketState) - FINAL_STATES == moving


def test_retention_counts_from_the_january_after_closing() -> None:
    assert retained_until(date(2026, 3, 1)) == date(2030, 1, 1)
    assert retained_until(date(2026, 12, 31), retention_years=5) == date(2032, 1, 1)
    with pytest.raises(InvalidInput):
        retained_until(date(2026, 3, 1), retention_years=2)


def test_a_held_case_is_not_destroyed() -> None:
    day = date(2030, 1, 1)
    assert may_be_destroyed(date(2026, 3, 1), retention_years=3, today=day, is_held=False)
    assert not may_be_destroyed(date(2026, 3, 1), retention_years=3, today=day, is_held=True)
    assert not may_be_destroyed(date(2026, 3, 1), retention_years=3, today=date(2029, 12, 31), is_held=False)


def test_a_reading_of_the_clock_tells_its_moment() -> None:
    moment = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
    assert wall_time(tick(None, moment)) == moment
