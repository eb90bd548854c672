"""Whom a node believes to be the hub: the authority pinned at enrolment, and those it announces after; nobody else."""

import logging
import ssl
from datetime import datetime
from pathlib import Path

import httpx
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from sync.replication.authority import fingerprint, save_durably

_log = logging.getLogger(__name__)

FILE_NAME = "hub-authority.pem"
AUTHORITY_TARGET = "/sync/authority"
AUTHORITY_BYTES_MAX = 16 << 10
FETCH_SECONDS = 20
NOT_FOUND = 404

SAID = {
    "certificate-expired": "its certificate has ended: look at the hub (central-hub doctor), and at this clock",
    "certificate-not-yet-valid": "its certificate does not count yet: look at this machine's clock",
    "wrong-name": "its certificate is for another name: use one that stands in nodes.names at the hub",
    "other-authority": "it is not the hub of this token or enrolment: another authority vouches for it",
    "no-tls": "it does not speak TLS there: the nodes have a port of their own (nodes.port at the hub)",
}

_EXPIRED, _NOT_YET = 10, 9  # X509_V_ERR_* of OpenSSL
_WRONG_NAME = frozenset({62, 64})
_NO_TLS = frozenset({"WRONG_VERSION_NUMBER", "HTTP_REQUEST", "RECORD_LAYER_FAILURE"})  # a plain answer


class HubUntrusted(Exception):  # noqa: N818 - what it is
    """Whoever answers is not the hub this node knows; ``code`` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Trust:
    """The pinned authorities of one node, in ``path``."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._pinned = path.read_bytes()
        self.context = trusting(self._pinned)

    def hear(self, announced: tuple[bytes, ...]) -> bool:
        """Pin what the hub, known by the authorities so far, announces in their place; whether that is news.

        The next connection may be by any of them; those no longer announced end with the process.
        """
        certificates = b"".join(announced)
        if not announced or certificates == self._pinned:
            return False
        try:
            self.context.load_verify_locations(cadata=certificates.decode("ascii"))
        except (ssl.SSLError, UnicodeDecodeError) as error:
            _log.warning("the hub announced what is no certificate: %s", error)
            return False
        save_durably(self._path, certificates)
        self._pinned = certificates
        return True


def trusting(certificates: bytes) -> ssl.SSLContext:
    """Connections to who shows a certificate by one of these authorities, for the host's own name; at least TLS 1.2."""
    context = ssl.create_default_context(cadata=certificates.decode("ascii"))
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def fetch_authority(hub_url: str, *, expected_fingerprint: str) -> bytes:
    """The certificate (PEM) of the authority that the token names, from the hub itself.

    Raises:
        HubUntrusted: ``other-authority``: whoever answers has another one.
        httpx.HTTPError: nobody answers.
    """
    try:
        found = _first_certificate(_ask_authority(hub_url))
    except ValueError as error:  # no certificate at all
        raise HubUntrusted("other-authority") from error
    if fingerprint(found) != expected_fingerprint:
        raise HubUntrusted("other-authority")
    return found


def fetch_any_authority(hub_url: str) -> bytes:
    """The certificate (PEM) that whoever answers shows as the hub's, to be believed by a code that a person compares.

    Empty where none is shown: then the machine's own authorities have to vouch for whoever answers.

    Raises:
        ValueError: what is shown is no certificate.
        httpx.HTTPError: nobody answers.
    """
    answer = _ask_authority(hub_url)
    if answer.status_code == NOT_FOUND:
        return b""
    answer.raise_for_status()
    return _first_certificate(answer)


def _first_certificate(answer: httpx.Response) -> bytes:
    """The one whose fingerprint is compared, alone: whatever somebody appended to it would be believed, too."""
    if len(answer.content) > AUTHORITY_BYTES_MAX:
        raise ValueError(AUTHORITY_TARGET)
    return x509.load_pem_x509_certificate(answer.content).public_bytes(serialization.Encoding.PEM)


def _ask_authority(hub_url: str) -> httpx.Response:
    with httpx.Client(verify=_believing_nobody(), timeout=FETCH_SECONDS, trust_env=False) as client:
        return client.get(f"{hub_url.rstrip('/')}{AUTHORITY_TARGET}")


def distrust(error: BaseException | None) -> str | None:
    """Why a connection failed, if it is because of who answered; ``None`` for any other reason."""
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            if error.verify_code == _EXPIRED:
                return "certificate-expired"
            if error.verify_code == _NOT_YET:
                return "certificate-not-yet-valid"
            return "wrong-name" if error.verify_code in _WRONG_NAME else "other-authority"
        if isinstance(error, ssl.SSLError) and getattr(error, "reason", None) in _NO_TLS:
            return "no-tls"
        error = error.__cause__ or error.__context__
    return None


def certificate_ends_at(answer: httpx.Response) -> datetime | None:
    """When the certificate of whoever gave this answer ends; ``None`` without TLS."""
    stream = answer.extensions.get("network_stream")
    tls = None if stream is None else stream.get_extra_info("ssl_object")
    der = None if tls is None else tls.getpeercert(binary_form=True)
    return None if der is None else x509.load_der_x509_certificate(der).not_valid_after_utc


def ends_at(path: Path) -> datetime:
    """When the last of the pinned authorities ends."""
    return max(each.not_valid_after_utc for each in x509.load_pem_x509_certificates(path.read_bytes()))


def _believing_nobody() -> ssl.SSLContext:
    """Only for what is checked by its fingerprint."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
