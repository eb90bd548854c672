"""Telephones that dial over HTTP, and what must never be written down."""

import logging
from collections.abc import Iterator

import pytest
import structlog

from device_drivers.driver import HealthState
from device_drivers.errors import BadCall, NeedsAttention, OutcomeUnknown, Unavailable
from device_drivers.service import log_to_stderr
from device_drivers.telephone.http_phone import HttpPhone, HttpTelephone
from device_drivers.telephone.protocol import Dialled
from device_drivers.telephone.simulator import TelephoneSimulator

NUMBER = "+380577250333"


@pytest.fixture
def handset() -> Iterator[TelephoneSimulator]:
    handset = TelephoneSimulator()
    handset.start()
    yield handset
    handset.close()


@pytest.fixture
def telephone(handset: TelephoneSimulator) -> Iterator[HttpTelephone]:
    telephone = HttpTelephone(HttpPhone(dial_url=handset.dial_url, answer_seconds=0.5))
    yield telephone
    telephone.close()


def test_a_number_is_dialled_once(handset, telephone):
    assert telephone.probe().state is HealthState.READY
    assert telephone.dial(number=NUMBER) == Dialled()
    assert handset.dialled == [NUMBER]


def test_an_exchange_gets_the_number_as_it_wants_it(handset):
    telephone = HttpTelephone(HttpPhone(dial_url=handset.dial_url, ukraine_as="0"))
    telephone.dial(number=NUMBER)
    telephone.dial(number="103")
    telephone.close()
    assert handset.dialled == ["0577250333", "103"]


@pytest.mark.parametrize("login", ["basic", "digest"])
def test_a_telephone_that_asks_for_another_password_needs_a_person(handset, login):
    handset.set_fault("locked")
    telephone = HttpTelephone(HttpPhone(dial_url=handset.dial_url, user="office", password="x", login=login))
    with pytest.raises(NeedsAttention, match="not-allowed"):
        telephone.dial(number=NUMBER)
    telephone.close()
    assert handset.dialled == []


def test_silence_after_the_request_is_no_word_that_nothing_happened(handset, telephone):
    handset.set_fault("dumb")
    with pytest.raises(OutcomeUnknown, match="no-answer"):
        telephone.dial(number=NUMBER)
    assert handset.dialled == [NUMBER], "asked for once"


def test_a_telephone_that_is_gone_is_told(handset, telephone):
    handset.set_fault("unplugged")
    assert telephone.probe().state is HealthState.OFFLINE
    handset.close()
    assert telephone.probe().reasons == ("no-connection",)
    with pytest.raises(Unavailable, match="no-connection"):
        telephone.dial(number=NUMBER)


@pytest.mark.parametrize("number", ["", "7", "+380 57", "103&key=reset", "0" * 16, "sip:a@b"])
def test_only_numbers_are_dialled(handset, telephone, number):
    with pytest.raises(BadCall) as refused:
        telephone.dial(number=number)
    assert not number or number not in str(refused.value)
    assert handset.dialled == []


@pytest.mark.parametrize("dial_url", ["http://phone/dial", "ftp://phone/{number}", "/{number}"])
def test_an_address_without_a_place_for_the_number_is_refused(dial_url):
    with pytest.raises(ValueError, match="dial_url"):
        HttpPhone(dial_url=dial_url)


def test_numbers_stay_out_of_the_logs(telephone, caplog):
    log_to_stderr()
    try:
        caplog.set_level(logging.INFO)
        telephone.dial(number=NUMBER)
    finally:
        structlog.reset_defaults()
    assert "577250333" not in caplog.text
