"""The kiosk read aloud: what a page says becomes sound here, for headphones and a keypad.

A page's script sends the sentences that stand on it and plays what it is given back: so nothing is spoken that is not
shown, and a page needs no second text. Sound is made when it is asked for, one at a time, by the voice of the hall.
"""

import asyncio
import hashlib
import re
import subprocess
from collections import OrderedDict
from typing import Annotated, Any, Literal

import msgspec
from litestar import Controller, Request, Response, get, post
from litestar.params import FromPath, JSONBody

from device_drivers.loudspeaker.espeak import EspeakVoice
from device_drivers.loudspeaker.hall import Phrase
from device_drivers.loudspeaker.sound import write_wav
from sync.vocabulary.errors import NotFound, Refusal

SENTENCE_LETTERS_MAX = 400
KEPT_MAX = 500  # sentences of the kiosks of one office within the minute in which they are played
_NUMBER = re.compile(r"\b([A-ZА-ЯҐЄІЇ])0*(\d{1,4})\b")
AnyRequest = Request[Any, Any, Any]


class Sentence(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What stands on the page."""

    text: Annotated[str, msgspec.Meta(min_length=1, max_length=SENTENCE_LETTERS_MAX)]
    language: Literal["uk", "en"]


class Spoken(msgspec.Struct, frozen=True, kw_only=True):
    """Where its sound is."""

    address: str


class SentenceNotFound(NotFound):
    """Nothing was to be said under this key, or so long ago that it is forgotten."""


class NoVoice(Refusal):
    """This computer has no voice."""

    status = 503


class Reader:
    """Keeps sentences until they are played; makes one sound at a time, so that no page slows the hall down."""

    def __init__(self, voice: EspeakVoice) -> None:
        self._voice = voice
        self._kept: OrderedDict[str, Phrase] = OrderedDict()
        self._turn = asyncio.Lock()

    def keep(self, sentence: Sentence) -> str:
        """The key of the sentence."""
        phrase = Phrase(text=as_spoken(sentence.text), language=sentence.language)
        key = hashlib.sha256(f"{phrase.language} {phrase.text}".encode()).hexdigest()[:32]
        self._kept[key] = phrase
        self._kept.move_to_end(key)
        if len(self._kept) > KEPT_MAX:
            self._kept.popitem(last=False)
        return key

    async def sound(self, key: str) -> bytes:
        """The WAV of a sentence; raises SentenceNotFound, NoVoice."""
        phrase = self._kept.get(key)
        if phrase is None:
            raise SentenceNotFound
        async with self._turn:
            try:
                return write_wav(await asyncio.to_thread(self._voice.speech, phrase))
            except (OSError, ValueError, subprocess.SubprocessError) as error:
                raise NoVoice from error


class SpeechController(Controller):
    """For the kiosk's own script."""

    include_in_schema = False

    @post("/kiosk/speech", status_code=200)
    async def keep(self, data: JSONBody[Sentence], request: AnyRequest) -> Spoken:
        """Take a sentence in."""
        return Spoken(address=f"/kiosk/speech/{_reader(request).keep(data)}")

    @get("/kiosk/speech/{key:str}")
    async def sound(self, key: FromPath[str], request: AnyRequest) -> Response[bytes]:
        """Its sound."""
        return Response(await _reader(request).sound(key), media_type="audio/wav")


def as_spoken(text: str) -> str:
    """``Р001`` as a letter and a number, dashes of ranges as a pause: what stands for the eye is said for the ear."""
    return _NUMBER.sub(r"\1, \2", text).replace("–", " – ").replace("·", ",")


def _reader(request: AnyRequest) -> Reader:
    state = request.app.state
    if "kiosk_reader" not in state:
        state["kiosk_reader"] = Reader(EspeakVoice("espeak-ng"))
    reader: Reader = state["kiosk_reader"]
    return reader
