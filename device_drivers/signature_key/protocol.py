"""What a person's key for qualified signatures does. No driver: decision 0020."""

from typing import Protocol

import msgspec

from device_drivers.driver import Condition


class Signed(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A detached CAdES signature over the digest, with the signer's certificate in it."""

    signature: bytes


class SignatureKey(Protocol):
    """Signs with a key that never leaves its token."""

    def probe(self) -> Condition:
        """Whether a token is plugged in, and its certificate in force."""
        ...

    def sign(self, *, digest: bytes, algorithm: str, password: str) -> Signed:
        """Sign a digest; the password is used once and kept nowhere.

        Raises Unavailable, NeedsAttention (``wrong-password``).
        """
        ...

    def close(self) -> None:
        """Forget the session with the token."""
        ...
