"""What goes wrong with one thing of a round keeps no other waiting, and is told without words."""

from structlog.testing import capture_logs

from models.rounds import each, every_step


def test_one_that_fails_is_logged_and_the_others_go_on() -> None:
    def act(number: int) -> int:
        if number == 2:
            raise ValueError("张三 13800000000")
        return number

    with capture_logs() as told:
        assert each([1, 2, 3], act, "round.left") == 4
    assert told == [
        {"event": "round.left", "log_level": "error", "which": 2, "error": "ValueError"}
    ]


def test_a_step_that_fails_is_named_and_the_next_is_taken() -> None:
    taken = []

    def broken() -> None:
        raise LookupError

    def whole() -> None:
        taken.append("whole")

    with capture_logs() as told:
        every_step("round.step_failed", broken, whole)
    assert taken == ["whole"]
    assert [(one["which"], one["error"]) for one in told] == [("broken", "LookupError")]
