"""A few thousand broken updates in every run; a hundred thousand in ``make soak``."""

import pytest

from sync.documents import document
from sync.documents.validator import MalformedUpdate, check_operation
from tests.fuzz import trial
from tests.fuzz.mutations import broken, honest_operations


def test_three_thousand_broken_updates_leave_the_process_alive_and_the_documents_in_shape():
    summary = trial.fuzz(seed=1, count=3_000)
    assert summary.violations == []
    assert summary.is_clean
    assert summary.accepted > 100
    assert summary.merged > 50
    assert len(summary.refused) > 12


def test_what_is_broken_was_whole_before():
    for honest in honest_operations():
        check_operation(honest.update, client_id=honest.client_id)
        assert not document.merge(honest.snapshot, [honest.update], clients=[honest.client_id]).waiting


def test_a_seed_breaks_the_same_way_for_ever():
    assert list(broken(5, 50)) == list(broken(5, 50))
    assert list(broken(5, 50)) != list(broken(6, 50))


def test_a_check_that_lets_anything_through_is_found_out(monkeypatch: pytest.MonkeyPatch):
    def lenient(update: bytes, *, client_id: int) -> object:
        try:
            return check_operation(update, client_id=client_id)
        except MalformedUpdate as refused:
            if refused.rule not in {"number-range", "shape"}:
                raise
            return trial.Anatomy(written={}, overwritten={}, deleted=frozenset())

    monkeypatch.setattr(trial, "check_operation", lenient)
    assert trial.fuzz(seed=1, count=1_000).violations
