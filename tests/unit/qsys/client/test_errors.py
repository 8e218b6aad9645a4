"""Each error knows whether the call may simply be made again."""

from __future__ import annotations

import pytest

from apps.qsys.client.errors import (
    QsysError,
    QsysRefused,
    QsysRejected,
    QsysUnreachable,
    from_device,
)


def test_unreachable_is_retryable_only_if_nothing_was_sent() -> None:
    assert QsysUnreachable("gone", sent=False).retryable
    assert not QsysUnreachable("gone", sent=True).retryable


def test_a_missing_logon_is_a_refusal() -> None:
    error = from_device(10, "Logon required", "StatusGet")
    assert isinstance(error, QsysRefused)
    assert not error.retryable
    assert "StatusGet" in error.message


@pytest.mark.parametrize("code", [1, 5, 6, 7, 8, 9, -32601, -32603])
def test_other_codes_are_rejections_in_the_words_of_the_core(code: int) -> None:
    error = from_device(code, "<b>no</b>", "Component.Set")
    assert isinstance(error, QsysRejected)
    assert (error.code, error.words, error.method) == (code, "<b>no</b>", "Component.Set")
    assert not error.standby
    assert not error.retryable


def test_standby_is_marked() -> None:
    error = from_device(-32604, "standby", "Component.Set")
    assert isinstance(error, QsysRejected)
    assert error.standby
    assert error.retryable


def test_one_family() -> None:
    assert all(issubclass(kind, QsysError) for kind in (QsysRefused, QsysRejected, QsysUnreachable))
