"""A lost answer: the same key asks again and is told the same, without doing it twice."""

import hashlib
from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

import msgspec

from sync.storage.transaction import Transaction
from sync.vocabulary.errors import IdempotencyKeyReused, InvalidInput

S = TypeVar("S", bound=msgspec.Struct)

KEY_LETTERS_MAX = 64


class Ask(msgspec.Struct, frozen=True, kw_only=True):
    """What was asked under a key: the request as it came, and when."""

    key: str | None
    request: msgspec.Struct
    now: datetime


class _Kept(msgspec.Struct, frozen=True, kw_only=True):
    request_hash: str
    answer: bytes


def once(tx: Transaction, command: Callable[[Transaction], S], *, ask: Ask, answer_type: type[S]) -> S:
    """Run ``command``, or give the answer it gave before under this key; without a key just run it.

    The answer is kept in the command's own transaction, so a crash keeps both or neither.

    Raises:
        IdempotencyKeyReused: the key was used for another request.
        InvalidInput: the key is empty or too long.
    """
    if ask.key is None:
        return command(tx)
    if not 0 < len(ask.key) <= KEY_LETTERS_MAX:
        raise InvalidInput(field="Idempotency-Key", rule="length", maximum=KEY_LETTERS_MAX)
    request_hash = hashlib.sha256(msgspec.json.encode(ask.request, order="sorted")).hexdigest()
    kept = tx.row("select request_hash, answer from idempotency_keys where key = :key", _Kept, key=ask.key)
    if kept is None:
        answer = command(tx)
        tx.execute(
            "insert into idempotency_keys (key, request_hash, answer, answered_at) "
            "values (:key, :request_hash, :answer, :now)",
            key=ask.key,
            request_hash=request_hash,
            answer=msgspec.msgpack.encode(answer),
            now=ask.now,
        )
        return answer
    if kept.request_hash != request_hash:
        raise IdempotencyKeyReused
    return msgspec.msgpack.decode(kept.answer, type=answer_type)
