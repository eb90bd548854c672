"""Who a node is: an Ed25519 key; every request and every stretch of the chain is signed with it. No unsigned mode."""

import hashlib
import os
from pathlib import Path

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from sync.replication.messages import Operation
from sync.vocabulary.errors import NotSignedIn

NODE_HEADER = "Vikno-Node"
NONCE_HEADER = "Vikno-Nonce"
SIGNATURE_HEADER = "Vikno-Signature"
PROTOCOL_HEADER = "Vikno-Protocol"


class SignatureWrong(NotSignedIn):
    """The signature is not this node's, or not over these bytes."""


class RequestToSign(msgspec.Struct, frozen=True, kw_only=True):
    """What a request's signature covers; ``target`` is the path with its query."""

    method: str
    target: str
    body: bytes
    nonce: str

    def covered(self) -> bytes:
        body_sha256 = hashlib.sha256(self.body).hexdigest()
        return covered_request(method=self.method, target=self.target, body_sha256=body_sha256, nonce=self.nonce)


def covered_request(*, method: str, target: str, body_sha256: str, nonce: str) -> bytes:
    """What a request's signature covers, for one who knows the body by its hash alone."""
    return f"vikno-request-1\n{method}\n{target}\n{body_sha256}\n{nonce}".encode()


def covered_key(*, node_id: str, public_key: bytes) -> bytes:
    """What a node's next key signs, to show that the node holds it."""
    return f"vikno-key-1\n{node_id}\n{public_key.hex()}".encode()


class NodeKey:
    """The node's private key; it never leaves its file."""

    def __init__(self, private_key: Ed25519PrivateKey) -> None:
        self._private_key = private_key

    @classmethod
    def generate(cls) -> "NodeKey":
        return cls(Ed25519PrivateKey.generate())

    @classmethod
    def load(cls, path: Path) -> "NodeKey":
        return cls(Ed25519PrivateKey.from_private_bytes(path.read_bytes()))

    def save(self, path: Path) -> None:
        """Write the key where only its owner reads; an existing key is never overwritten (``FileExistsError``)."""
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(self._private_key.private_bytes_raw())
            file.flush()
            os.fsync(file.fileno())

    def become(self, other: "NodeKey") -> None:
        """From now on sign with ``other``: the node was enrolled anew, or its key replaced, by another process."""
        self._private_key = other._private_key  # noqa: SLF001 - of its own class

    @property
    def public_key(self) -> bytes:
        return self._private_key.public_key().public_bytes_raw()

    def sign(self, covered: bytes) -> bytes:
        return self._private_key.sign(covered)


def verify(public_key: bytes, signature: bytes, covered: bytes) -> None:
    """Whether ``signature`` over ``covered`` is by the holder of ``public_key``.

    Raises:
        SignatureWrong: it is not.
    """
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, covered)
    except (InvalidSignature, ValueError) as error:
        raise SignatureWrong from error


def link_hash(previous: bytes, operation: Operation) -> bytes:
    """The chain's hash after ``operation``: over the hash before it, its header and its bytes."""
    header = msgspec.structs.replace(operation, update=hashlib.sha256(operation.update).digest())
    return hashlib.sha256(previous + msgspec.msgpack.encode(header)).digest()


def chain_hash(previous: bytes, operations: tuple[Operation, ...]) -> bytes:
    """The chain's hash after all of ``operations``."""
    for operation in operations:
        previous = link_hash(previous, operation)
    return previous


def covered_head(*, node_id: str, incarnation: str, oseq: int, head_hash: bytes) -> bytes:
    """What the one signature of a push covers."""
    return f"vikno-chain-1\n{node_id}\n{incarnation}\n{oseq}\n{head_hash.hex()}".encode()
