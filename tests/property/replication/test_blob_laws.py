"""However chunks are torn, doubled, misplaced or spoiled: a file is there whole with its hash, or not at all."""

import hashlib
import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from sync.replication.blobs import BlobFolder, BlobOffset
from sync.vocabulary.errors import InvalidInput

SENDERS = ("shv", "kyv")


class Upload(RuleBasedStateMachine):
    """Two senders bring one file to a receiver that loses power now and then."""

    def __init__(self) -> None:
        super().__init__()
        self.place = Path(tempfile.mkdtemp())
        self.folder = BlobFolder(self.place)
        self.content = b""
        self.sha256 = ""

    @initialize(content=st.binary(min_size=1, max_size=400))
    def begin(self, content: bytes) -> None:
        self.content, self.sha256 = content, hashlib.sha256(content).hexdigest()

    @rule(owner=st.sampled_from(SENDERS), length=st.integers(0, 120))
    def send_what_follows(self, owner: str, length: int) -> None:
        held = self.folder.held(self.sha256, owner=owner)
        self._send(owner, held, self.content[held : held + length])

    @rule(owner=st.sampled_from(SENDERS), offset=st.integers(0, 500), length=st.integers(0, 120))
    def send_anything(self, owner: str, offset: int, length: int) -> None:
        """A second delivery, a stale one, or one beyond the end."""
        self._send(owner, offset, self.content[offset : offset + length])

    @rule(owner=st.sampled_from(SENDERS), length=st.integers(1, 120))
    def send_spoiled_bytes(self, owner: str, length: int) -> None:
        held = self.folder.held(self.sha256, owner=owner)
        self._send(owner, held, bytes(byte ^ 0x40 for byte in self.content[held : held + length]))

    @rule(owner=st.sampled_from(SENDERS), share=st.floats(0, 1), has_zeros=st.booleans())
    def lose_power(self, owner: str, share: float, *, has_zeros: bool) -> None:
        """What was being written is torn anywhere, and may have become zeros; the receiver starts anew."""
        partial = self.folder.path(self.sha256).with_name(f"{self.sha256}.{owner}.partial")
        if partial.exists():
            size = partial.stat().st_size
            os.truncate(partial, int(size * share))
            if has_zeros:
                os.truncate(partial, size)
        self.folder = BlobFolder(self.place)

    @rule(owner=st.sampled_from(SENDERS))
    def send_until_it_is_there(self, owner: str) -> None:
        """From wherever it stands, the sender needs no more than to begin anew once."""
        begun_anew = 0
        while not self.folder.has(self.sha256):
            held = self.folder.held(self.sha256, owner=owner)
            try:
                chunk = self.content[held : held + 100]
                self.folder.append(self.sha256, chunk, owner=owner, offset=held, size=len(self.content))
            except InvalidInput:
                begun_anew += 1
                self.folder.forget_partial(self.sha256, owner=owner)
                assert begun_anew == 1
        assert self.folder.get(self.sha256) == self.content

    @invariant()
    def it_is_there_whole_or_not_at_all(self) -> None:
        if self.sha256 and self.folder.has(self.sha256):
            assert self.folder.get(self.sha256) == self.content

    def teardown(self) -> None:
        shutil.rmtree(self.place)

    def _send(self, owner: str, offset: int, chunk: bytes) -> None:
        before = self.folder.held(self.sha256, owner=owner)
        was_here = self.folder.has(self.sha256)
        held = None
        with suppress(BlobOffset, InvalidInput):
            held = self.folder.append(self.sha256, chunk, owner=owner, offset=offset, size=len(self.content))
        if was_here:
            assert held in {None, len(self.content)}
        else:
            assert held is None or (offset == before and held == offset + len(chunk))


TestUpload = Upload.TestCase
TestUpload.settings = settings(deadline=None, stateful_step_count=25)
