"""What travels is bounded, signed, and whole or not at all."""

from pathlib import Path

import msgspec
import pytest
import zstandard

from sync.replication import messages
from sync.replication.blobs import BlobFolder
from sync.replication.identity import NodeKey, RequestToSign, SignatureWrong, verify
from sync.replication.messages import CheckoutRequest, PullAnswer
from sync.vocabulary.errors import InvalidInput, NotFound


def test_a_message_comes_back_as_it_went():
    asked = CheckoutRequest(number="SHV-2026-0000001-5", second_factor="4567")
    assert messages.decode(messages.encode(asked), CheckoutRequest) == asked


def test_fields_of_a_newer_version_are_no_error():
    body = zstandard.compress(msgspec.msgpack.encode({"hub_incarnation": "h", "cursor": 1, "later": True}))
    assert messages.decode(body, PullAnswer) == PullAnswer(hub_incarnation="h", cursor=1)


@pytest.mark.parametrize(
    ("body", "rule"),
    [
        (b"no zstd at all", "zstd"),
        (zstandard.compress(b"\xc1"), "message"),
        (zstandard.compress(msgspec.msgpack.encode({"cursor": "text"})), "message"),
        (zstandard.compress(b"\x00" * (messages.ANSWER_BYTES_MAX + 1)), "size"),
    ],
)
def test_a_broken_or_swollen_body_is_refused_by_rule(body: bytes, rule: str):
    with pytest.raises(InvalidInput) as refused:
        messages.decode(body, PullAnswer)
    assert refused.value.rule == rule


@pytest.mark.parametrize("part", ["method", "target", "body", "nonce"])
def test_a_signature_covers_every_part_of_a_request(part: str):
    key = NodeKey.generate()
    request = RequestToSign(method="POST", target="/sync/push?x=1", body=b"1", nonce="n")
    signature = key.sign(request.covered())
    verify(key.public_key, signature, request.covered())
    other = msgspec.structs.replace(request, **{part: b"2" if part == "body" else "2"})
    with pytest.raises(SignatureWrong):
        verify(key.public_key, signature, other.covered())


def test_a_key_is_never_overwritten(tmp_path: Path):
    NodeKey.generate().save(tmp_path / "node.key")
    with pytest.raises(FileExistsError):
        NodeKey.generate().save(tmp_path / "node.key")
    assert (tmp_path / "node.key").stat().st_mode & 0o777 == 0o600


def test_a_blob_is_kept_whole_under_its_hash(tmp_path: Path):
    folder = BlobFolder(tmp_path)
    sha256 = folder.put(b"a page")
    assert folder.put(b"a page") == sha256
    assert folder.get(sha256) == b"a page"
    with pytest.raises(InvalidInput):
        folder.put(b"another page", expected_sha256=sha256)


def test_a_rotten_blob_is_not_given_out(tmp_path: Path):
    folder = BlobFolder(tmp_path)
    sha256 = folder.put(b"a page")
    folder.path(sha256).write_bytes(b"a pags")
    with pytest.raises(NotFound):
        folder.get(sha256)


def test_a_hash_cannot_name_a_place_outside_the_folder(tmp_path: Path):
    with pytest.raises(InvalidInput):
        BlobFolder(tmp_path).path("../../etc/passwd")
