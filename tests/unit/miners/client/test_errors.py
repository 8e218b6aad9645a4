"""Every status of gRPC becomes one of three errors, which know if a repeat may help."""

from __future__ import annotations

import grpc
import pytest
from grpc.aio import AioRpcError, Metadata

from apps.miners.client import ClientError, Family, Refused, Rejected, Unreachable
from apps.miners.client.errors import translate


def failed(code: grpc.StatusCode, words: str = "the device's words") -> ClientError:
    return translate(AioRpcError(code, Metadata(), Metadata(), details=words), 3.0)


@pytest.mark.parametrize("code", [c for c in grpc.StatusCode if c is not grpc.StatusCode.OK])
def test_every_status_becomes_one_of_the_three(code: grpc.StatusCode) -> None:
    assert isinstance(failed(code), Unreachable | Refused | Rejected)


@pytest.mark.parametrize("name", ["UNAVAILABLE", "DEADLINE_EXCEEDED", "CANCELLED"])
def test_a_lost_call_may_have_been_acted_on(name: str) -> None:
    error = failed(grpc.StatusCode[name])
    assert isinstance(error, Unreachable)
    assert (error.sent, error.retryable) == (True, False)


def test_a_call_whose_time_ran_out_says_how_long_was_waited() -> None:
    error = failed(grpc.StatusCode.DEADLINE_EXCEEDED)
    assert isinstance(error, Unreachable)
    assert (error.timed_out, str(error)) == (True, "no answer within 3.0 s")


def test_a_broken_link_is_no_timeout() -> None:
    error = failed(grpc.StatusCode.UNAVAILABLE)
    assert isinstance(error, Unreachable)
    assert error.timed_out is False


def test_a_call_that_never_left_may_be_repeated() -> None:
    assert Unreachable("nobody there", sent=False).retryable is True


@pytest.mark.parametrize(
    ("name", "family"),
    [
        ("FAILED_PRECONDITION", Family.CONSTRAINT),
        ("INVALID_ARGUMENT", Family.CONSTRAINT),
        ("OUT_OF_RANGE", Family.CONSTRAINT),
        ("ALREADY_EXISTS", Family.BUSY),
        ("ABORTED", Family.BUSY),
        ("UNIMPLEMENTED", Family.UNSUPPORTED),
        ("INTERNAL", Family.OTHER),
        ("NOT_FOUND", Family.OTHER),
    ],
)
def test_rejections_are_sorted_by_meaning(name: str, family: Family) -> None:
    error = failed(grpc.StatusCode[name])
    assert isinstance(error, Rejected)
    assert (error.family, error.status, error.words) == (family, name, "the device's words")


def test_only_a_busy_device_is_worth_asking_again() -> None:
    retryable = {c.name for c in grpc.StatusCode if c.value[0] and failed(c).retryable}
    assert retryable == {"ABORTED", "ALREADY_EXISTS", "RESOURCE_EXHAUSTED"}


def test_a_stream_that_broke_is_no_word_of_the_device() -> None:
    error = failed(grpc.StatusCode.UNKNOWN, "Stream removed")
    assert isinstance(error, Unreachable)
    assert error.sent is True


def test_long_words_are_cut() -> None:
    error = failed(grpc.StatusCode.INTERNAL, "x" * 5000)
    assert isinstance(error, Rejected)
    assert len(error.words) == 500


def test_refused_credentials_are_not_retried() -> None:
    error = failed(grpc.StatusCode.PERMISSION_DENIED, "")
    assert isinstance(error, Refused)
    assert error.retryable is False
    assert "credentials" in str(error)
