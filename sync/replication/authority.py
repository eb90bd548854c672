"""The hub's own certificate authority, its server certificate, and their renewal without a visit.

Certificates begin in 1970: a node whose clock fell back to its factory date must still reach the hub, from which it
hears the time. They end as written: of a clock that runs ahead the node says so.
"""

import asyncio
import base64
import hashlib
import ipaddress
import logging
import os
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from sync.ambient import Clock

AUTHORITY_LIVES = timedelta(days=3652)  # ten years: as long as the machine of an office
CERTIFICATE_LIVES = timedelta(days=90)
RENEW_BEFORE = timedelta(days=30)  # a month of a hub that is looked at by nobody
ANNOUNCE_BEFORE = timedelta(days=730)  # two years before its end the next authority is announced,
SWITCH_BEFORE = timedelta(days=365)  # and one year before, used: a node is not away for longer than that
ANNOUNCED_AT_LEAST = timedelta(days=90)  # of a hub that was off for years: nodes must hear of it first
LOOK_SECONDS = 3600.0
BEGINS_AT = datetime(1970, 1, 1, tzinfo=UTC)
CURRENT_FILE, NEXT_FILE, SERVER_FILE = "authority.pem", "next-authority.pem", "server.pem"  # each with its key, 0600

_log = logging.getLogger(__name__)


class AuthorityMissing(Exception):  # noqa: N818 - what it is
    """This hub has no authority yet."""


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """``announced``: the authorities (PEM) that nodes are to trust, the one in use first."""

    announced: tuple[bytes, ...]
    authority_ends_at: datetime
    certificate_ends_at: datetime


class _Held(msgspec.Struct, frozen=True):
    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    @property
    def ends_at(self) -> datetime:
        return self.certificate.not_valid_after_utc


def fingerprint(certificate_pem: bytes) -> str:
    """The SHA-256 of a certificate, as it stands behind a token."""
    der = x509.load_pem_x509_certificate(certificate_pem).public_bytes(serialization.Encoding.DER)
    return base64.urlsafe_b64encode(hashlib.sha256(der).digest()).rstrip(b"=").decode()


def standing(folder: Path) -> Standing:
    """What stands in ``folder``; raises AuthorityMissing."""
    try:
        current, server = _load(folder / CURRENT_FILE), _load(folder / SERVER_FILE)
    except FileNotFoundError as error:
        raise AuthorityMissing(str(folder)) from error
    following = _load(folder / NEXT_FILE) if (folder / NEXT_FILE).exists() else None
    return Standing(
        announced=(current.pem,) if following is None else (current.pem, following.pem),
        authority_ends_at=current.ends_at,
        certificate_ends_at=server.ends_at,
    )


def keep(folder: Path, *, names: tuple[str, ...], now: datetime) -> Standing:
    """Make what is missing in ``folder`` and renew what ends; asking again changes nothing."""
    folder.mkdir(mode=0o700, exist_ok=True)
    if not (folder / CURRENT_FILE).exists():
        _save(folder / CURRENT_FILE, _new_authority(now))
    current = _load(folder / CURRENT_FILE)
    left = current.ends_at - now
    if left < ANNOUNCE_BEFORE and not (folder / NEXT_FILE).exists():
        _save(folder / NEXT_FILE, _new_authority(now))
    if left < SWITCH_BEFORE:
        following = _load(folder / NEXT_FILE)
        made_at = following.ends_at - AUTHORITY_LIVES
        if now - made_at >= ANNOUNCED_AT_LEAST or left < CERTIFICATE_LIVES:
            (folder / NEXT_FILE).replace(folder / CURRENT_FILE)
            current = following
    server = _load(folder / SERVER_FILE) if (folder / SERVER_FILE).exists() else None
    if server is None or not _is_good(server, current, names=names, now=now):
        _save(folder / SERVER_FILE, _new_server(current, names=names, now=now))
    return standing(folder)


class AuthorityKeeper:
    """What the running hub shows and announces: looked at each hour, renewed in time, without dropping a connection."""

    def __init__(self, folder: Path, *, names: tuple[str, ...], clock: Clock) -> None:
        self._folder = folder
        self._names = names
        self._clock = clock
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.minimum_version = ssl.TLSVersion.TLSv1_2
        self.standing = keep(folder, names=names, now=clock.now())
        self.context.load_cert_chain(folder / SERVER_FILE)

    def look(self) -> None:
        """Renew what ends; connections that begin from now on see the renewed certificate."""
        before = self.standing
        self.standing = keep(self._folder, names=self._names, now=self._clock.now())
        if self.standing != before:
            self.context.load_cert_chain(self._folder / SERVER_FILE)
            _log.info("the certificate was renewed until %s", self.standing.certificate_ends_at)

    async def run(self) -> None:
        """Look each hour until cancelled."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            self.look()


def _is_good(server: _Held, authority: _Held, *, names: tuple[str, ...], now: datetime) -> bool:
    extension = server.certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    is_for_names = list(extension.value) == _alternative_names(names)
    is_by_authority = server.certificate.issuer == authority.certificate.subject
    return is_for_names and is_by_authority and now < server.ends_at - RENEW_BEFORE


def _new_authority(now: datetime) -> _Held:
    key = ec.generate_private_key(ec.SECP256R1())
    key_id = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    name = _name(f"Vikno {key_id.digest.hex()[:16]}")  # two authorities of one hub must not have one name
    usage = _key_usage(is_authority=True)
    certificate = (
        _builder(name, name, key, ends_at=now + AUTHORITY_LIVES)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(key_id, critical=False)
        .sign(key, hashes.SHA256())
    )
    return _Held(certificate, key)


def _new_server(authority: _Held, *, names: tuple[str, ...], now: datetime) -> _Held:
    key = ec.generate_private_key(ec.SECP256R1())
    of_authority = x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.key.public_key())
    ends_at = min(now + CERTIFICATE_LIVES, authority.ends_at)
    certificate = (
        _builder(_name("Vikno hub"), authority.certificate.subject, key, ends_at=ends_at)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_key_usage(is_authority=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName(_alternative_names(names)), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(of_authority, critical=False)
        .sign(authority.key, hashes.SHA256())
    )
    return _Held(certificate, key)


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, *, ends_at: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(BEGINS_AT)
        .not_valid_after(ends_at)
    )


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _alternative_names(names: tuple[str, ...]) -> list[x509.GeneralName]:
    found: list[x509.GeneralName] = []
    for name in names:
        try:
            found.append(x509.IPAddress(ipaddress.ip_address(name)))
        except ValueError:
            found.append(x509.DNSName(name))
    return found


def _key_usage(*, is_authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not is_authority,
        key_cert_sign=is_authority,
        crl_sign=is_authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _load(path: Path) -> _Held:
    content = path.read_bytes()
    key = serialization.load_pem_private_key(content, password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise TypeError(f"{path} holds a key of another kind")
    return _Held(x509.load_pem_x509_certificate(content), key)


def _save(path: Path, held: _Held) -> None:
    """Key and certificate in one file, so that they always belong together; only its owner reads it."""
    key = held.key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    save_durably(path, key + held.pem)


def save_durably(path: Path, content: bytes) -> None:
    """``content`` in ``path``, readable by its owner only, whole or not at all."""
    fresh = path.with_name(f"{path.name}.partial")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
    descriptor = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
