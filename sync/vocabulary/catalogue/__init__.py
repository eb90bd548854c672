"""The catalogue of administrative services, and the reading of its seed (DOMAIN §2)."""

from sync.vocabulary.catalogue.entries import AdministrativeService, RequiredDocument, ScopeKind, TerritorialScope
from sync.vocabulary.catalogue.providers import PROVIDERS, Provider
from sync.vocabulary.catalogue.reading import parse_names, parse_seed
from sync.vocabulary.catalogue.spheres import SPHERES, Sphere, SphereCard, sphere_of

__all__ = [
    "PROVIDERS",
    "SPHERES",
    "AdministrativeService",
    "Provider",
    "RequiredDocument",
    "ScopeKind",
    "Sphere",
    "SphereCard",
    "TerritorialScope",
    "parse_names",
    "parse_seed",
    "sphere_of",
]
