"""A query that cannot be read is shown with a mark under the place."""

import grpc
import pytest
from google.protobuf import any_pb2
from google.rpc import code_pb2, error_details_pb2, status_pb2
from grpc.aio import AioRpcError, Metadata

from chassis.rpc.status import Violation
from gateway_bot.queries import hint, marked, reading
from gateway_bot.refusals import Hint, excuse_for
from gateway_bot.text import say
from tests.unit.bot.builders import trouble

CARET = say("hints.caret")


def wrong(field: str, description: str) -> AioRpcError:
    details = error_details_pb2.BadRequest(
        field_violations=[
            error_details_pb2.BadRequest.FieldViolation(field=field, description=description)
        ]
    )
    packed = any_pb2.Any()
    packed.Pack(details)  # type: ignore[arg-type]
    status = status_pb2.Status(code=code_pb2.INVALID_ARGUMENT, message="no", details=[packed])
    trailing = Metadata(("grpc-status-details-bin", status.SerializeToString()))
    return AioRpcError(grpc.StatusCode.INVALID_ARGUMENT, Metadata(), trailing, details="no")


def test_the_mark_stands_under_the_place() -> None:
    with pytest.raises(Hint) as raised, reading("fav:yes rarity>>2"):
        raise wrong("query", "at 15: a number is missing")
    excuse = excuse_for(raised.value)
    assert excuse is not None
    _, _, query, mark, *_ = excuse.sentence.split("\n")
    assert query == "fav:yes rarity>>2"
    assert mark.index(CARET) == 15
    assert "a number is missing" in excuse.sentence


def test_the_part_around_the_place_of_a_long_query_is_shown() -> None:
    query = "a" * 150 + "!" + "b" * 49
    _, shown, mark, _ = marked(query, 150).split("\n")
    assert shown[mark.index(CARET)] == "!"
    assert len(shown) <= 60


def test_wide_letters_are_twice_as_wide() -> None:
    _, _, mark, _ = marked("月の港 rarity", 2).split("\n")
    assert mark.index(CARET) == 4


def test_a_query_cannot_leave_its_code_block() -> None:
    assert marked("```x", 0).count("```") == 2


@pytest.mark.parametrize("place", [4, 9999])
def test_a_place_at_or_after_the_end_is_the_end(place: int) -> None:
    _, shown, mark, _ = marked("fav:", place).split("\n")
    assert mark.index(CARET) == len(shown)


def test_a_query_with_no_place_is_still_explained() -> None:
    assert hint("x", Violation("query", "is too long")).key == "query_unplaced"


@pytest.mark.parametrize("error", [trouble(), wrong("page_token", "at 3: bad")])
def test_other_trouble_passes_through(error: AioRpcError) -> None:
    with pytest.raises(AioRpcError), reading("x"):
        raise error
