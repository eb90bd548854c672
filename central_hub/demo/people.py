"""Who works in the demonstration: a member of staff for each role of each office, all under one password."""

import msgspec

from sync.ambient import Ids
from sync.vocabulary.catalogue import PROVIDERS
from sync.vocabulary.ids import OfficeId, ProviderId, StaffId
from sync.vocabulary.staff import Role, StaffMember

OFFICES = (OfficeId("SHV"), OfficeId("KYV"), OfficeId("RCP"))
CITY_OFFICE = OfficeId("CEN")
# as many as real offices of these sizes had open at once (edge_node/replay): one administrator each
DESKS = {OfficeId("SHV"): 28, OfficeId("KYV"): 46, OfficeId("RCP"): 43}
_NAMES = {
    Role.ADMINISTRATOR: "Адміністратор",
    Role.RECEPTIONIST: "Адміністратор рецепції",
    Role.REGISTRAR: "Реєстратор",
    Role.PROVIDER_HEAD: "Керівник органу",
    Role.OFFICE_HEAD: "Керівник центру",
    Role.COURIER: "Кур'єр",
    Role.CASHIER: "Касир",
    Role.ARCHIVIST: "Архіваріус",
    Role.PRIVACY_OFFICER: "Адміністратор безпеки",
    Role.TECHNICIAN: "Технік",
}


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """Whom to make: a login, a name, a role, and for a registrar the body they decide for."""

    login: str
    name: str
    role: Role
    office_id: OfficeId
    provider_id: ProviderId | None = None

    def member(self, *, password_hash: str, ids: Ids) -> StaffMember:
        """The member of staff of this account."""
        return StaffMember(
            id=StaffId(ids.new()),
            login=self.login,
            name=self.name,
            roles=frozenset({self.role}),
            office_id=self.office_id,
            provider_id=self.provider_id,
            password_hash=password_hash,
        )


def accounts() -> list[Account]:
    """Everybody: of each office a person per role, an administrator per desk, a registrar per body that decides."""
    city = [
        Account(login="city-head", name="Керівник міста", role=Role.OFFICE_HEAD, office_id=CITY_OFFICE),
        Account(login="city-technician", name="Технік міста", role=Role.TECHNICIAN, office_id=CITY_OFFICE),
    ]
    return city + [account for office_id in OFFICES for account in _of_office(office_id)]


def administrators(office_id: OfficeId) -> tuple[str, ...]:
    """The logins of an office's administrators, one for each desk."""
    first = f"{office_id.lower()}-administrator"
    return (first, *(f"{first}-{number}" for number in range(2, DESKS[office_id] + 1)))


def _of_office(office_id: OfficeId) -> list[Account]:
    prefix = office_id.lower()
    made = [
        Account(login=f"{prefix}-{role.value.replace('_', '-')}", name=name, role=role, office_id=office_id)
        for role, name in _NAMES.items()
        if role not in {Role.REGISTRAR, Role.PROVIDER_HEAD}
    ]
    made += [
        Account(
            login=login,
            name=f"Адміністратор {number}",
            role=Role.ADMINISTRATOR,
            office_id=office_id,
        )
        for number, login in enumerate(administrators(office_id)[1:], start=2)
    ]
    for provider in PROVIDERS.values():
        for role, word in ((Role.REGISTRAR, "registrar"), (Role.PROVIDER_HEAD, "head")):
            made.append(
                Account(
                    login=f"{prefix}-{word}-{provider.id}",
                    name=f"{_NAMES[role]} · {provider.name_uk}",
                    role=role,
                    office_id=office_id,
                    provider_id=provider.id,
                )
            )
    return made
