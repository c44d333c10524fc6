"""Whatever WeChat sends, and whatever pretends to be it: answered on purpose, never a 5xx."""

import random
import time
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st
from wechatpy import parse_message
from wechatpy.events import EVENT_TYPES
from wechatpy.messages import MESSAGE_TYPES

from tests.standins import RasaStandIn
from tests.webhook.conftest import Door
from tests.wechat import ACCOUNT, reply_text
from webhook.wechat.protocol import UnreadableError, read

SAMPLES: dict[str, str] = yaml.safe_load(
    Path(__file__).with_name("samples.yml").read_text(encoding="utf-8")
)
_WITH_LETTERS = tuple("<>&]\x00\x1d\ud83d\ufffe一9/%")


def sample(name: str, openid: str) -> str:
    kind = "event" if name.startswith("event") else name.partition("_")[0]
    if kind == "device":
        kind = "device_event" if name.startswith("device_event") else "device_text"
    return (
        f"<xml><ToUserName><![CDATA[{ACCOUNT}]]></ToUserName>\n"
        f"<FromUserName><![CDATA[{openid}]]></FromUserName>\n"
        f"<CreateTime>{int(time.time())}</CreateTime>\n"
        f"<MsgType><![CDATA[{kind}]]></MsgType>\n{SAMPLES[name]}</xml>"
    )


@pytest.fixture
def one_door(door: Door, rasa: RasaStandIn) -> Door:
    return door


@pytest.mark.parametrize("name", SAMPLES)
def test_every_sample_is_taken_plain_and_sealed(one_door: Door, name: str) -> None:
    plain = sample(name, "o-plain").encode()
    answers = [one_door.post(plain), one_door.post(plain)]
    query, body = one_door.wechat.encrypted(sample(name, "o-sealed").encode())
    sealed = one_door.post(body, query=query)
    assert {answer.status_code for answer in [*answers, sealed]} == {200}
    # A repeat gets the very same, and the sealed one says what the plain one says.
    assert answers[0].data == answers[1].data or "<xml>" in answers[0].text
    if answers[0].text == "success":
        assert sealed.text == "success"
    else:
        said = [reply_text(answer.data) for answer in answers]
        assert said[0] == said[1] == reply_text(one_door.wechat.decrypted(sealed.data))


def _damaged(text: str, seed: int) -> bytes:
    """A message with a few things cut out, doubled, moved or put in."""
    chance = random.Random(seed)
    for _ in range(chance.randint(1, 4)):
        start = chance.randrange(len(text))
        end = min(len(text), start + chance.randint(1, 40))
        part = text[start:end]
        text = (
            chance.choice(
                (
                    text[:start] + text[end:],
                    text[:end] + part + text[end:],
                    text[:start] + chance.choice(_WITH_LETTERS) + text[start:],
                    text[:start] + part[::-1] + text[end:],
                    text.replace("CDATA[", "CDATA[[", 1),
                    text[:start] + "<List><List>" + text[start:],
                )
            )
            or "<xml/>"
        )
    return text.encode("utf-8", "surrogatepass")


@examples(max_examples=400, deadline=None)
@given(name=st.sampled_from(sorted(SAMPLES)), seed=st.integers(0, 2**32))
def test_no_damage_breaks_the_reading(name: str, seed: int) -> None:
    try:
        incoming = read(_damaged(sample(name, "o-damaged"), seed))
    except UnreadableError:
        return
    assert len(incoming.inbound.source_key) <= 255
    assert len(incoming.inbound.kind) <= 32


@examples(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(name=st.sampled_from(sorted(SAMPLES)), seed=st.integers(0, 2**32), is_sealed=st.booleans())
def test_no_damage_makes_the_callback_fail(
    one_door: Door, name: str, seed: int, is_sealed: bool
) -> None:
    body = _damaged(sample(name, f"o-{seed}"), seed)
    query = None
    if is_sealed:
        query, body = one_door.wechat.encrypted(body.decode("utf-8", "replace").encode())
    assert one_door.post(body, query=query).status_code in (200, 400)


@examples(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(seed=st.integers(0, 2**32))
def test_no_damage_to_an_envelope_shows_what_was_wrong(one_door: Door, seed: int) -> None:
    query, body = one_door.wechat.encrypted(sample("text", "o-sealed").encode())
    answer = one_door.post(_damaged(body.decode(), seed), query=query)
    assert (answer.status_code, answer.text) in [
        (403, "forbidden"),
        (400, "bad request"),
        (200, answer.text),
    ]


@pytest.mark.parametrize(
    "body",
    [
        '<!DOCTYPE x [<!ENTITY a "aa"><!ENTITY b "&a;&a;&a;&a;">]><xml>{}&b;</xml>',
        '<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]><xml>{}<a>&f;</a></xml>',
        '<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd"><xml>{}<a>&f;</a></xml>',
    ],
)
@pytest.mark.parametrize("is_sealed", [False, True])
def test_entities_are_not_opened(one_door: Door, body: str, is_sealed: bool) -> None:
    inner = sample("text", "o-entity").removeprefix("<xml>").removesuffix("</xml>")
    sent, query = body.format(inner).encode(), None
    if is_sealed:
        query, sent = one_door.wechat.encrypted(sent)
    assert one_door.post(sent, query=query).status_code == 400
    assert one_door.count() == 0


def test_deep_nesting_is_no_way_in(one_door: Door) -> None:
    inner = sample("text", "o-deep").removesuffix("</xml>")
    deep = f"{inner}{'<a>' * 4000}{'</a>' * 4000}</xml>".encode()
    assert one_door.post(deep).status_code in (200, 400)


def test_there_is_a_sample_of_whatever_wechatpy_can_read() -> None:
    read_as = [parse_message(sample(name, "o-any")) for name in SAMPLES]
    missing = {one.__name__ for one in (*MESSAGE_TYPES.values(), *EVENT_TYPES.values())}
    assert missing - {type(one).__name__ for one in read_as} == set()
