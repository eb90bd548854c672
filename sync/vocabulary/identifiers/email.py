"""E-mail addresses: the form is checked, the domain lower-cased; that it is read, only a letter can tell."""

import re

from sync.vocabulary.errors import InvalidInput

LENGTH_MAX = 254  # RFC 5321, path without brackets
_FORM = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.\-]{1,64}@(?:[a-z0-9](?:[a-z0-9\-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}")


def check_email(text: str, *, field: str = "email") -> str:
    """The address; raises ``InvalidInput`` with rule ``email``."""
    local, _, domain = text.strip().rpartition("@")
    address = f"{local}@{domain.lower()}"
    if len(address) > LENGTH_MAX or _FORM.fullmatch(address) is None or ".." in local or local.startswith("."):
        raise InvalidInput(field=field, rule="email")
    return address
