"""Every kind of answer, as people write it."""

import re

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from models.intake.fields import FIELD_TYPES, field_type
from models.intake.fields.base import Found, Partly, Reading, Refused, Said, Taken
from models.intake.fields.mobile import VALID, digits_of, mask_mobile
from models.intake.fields.person_name import mask_name
from models.intake.fields.place import Place

LIST = ["高校毕业生", "农民工", "退役军人"]
OPTIONS: dict[str, dict[str, object]] = {
    "choice": {"choices": LIST},
    "many_choices": {"choices": LIST},
    "slot": {"kinds": ["training"]},
    "offering": {"kinds": ["space"]},
}

WILD = st.one_of(
    st.text(max_size=60),
    st.text(alphabet="我叫王芳是手机号改成138零幺○〇１３８ -—·.，、。？吗\n", max_size=40),
    st.text(alphabet="沈阳铁西大连全市都行周末点晚保洁打扫和1234567890〔〕#", max_size=40),
)


def _read(kind: str, text: str, known: object = None) -> Reading:
    return field_type(kind, OPTIONS.get(kind, {})).read(Said(text), known)


def _value(kind: str, text: str, known: object = None) -> object:
    reading = _read(kind, text, known)
    assert isinstance(reading, Taken), (text, reading)
    return reading.value


def _error(kind: str, text: str) -> str:
    reading = _read(kind, text)
    assert isinstance(reading, Refused), (text, reading)
    return reading.error


@given(text=WILD)
def test_no_input_breaks_a_field(text: str) -> None:
    for code in FIELD_TYPES:
        kind = field_type(code, OPTIONS.get(code, {}))
        said = Said(text)
        reading = kind.read(said)
        if isinstance(reading, Taken):
            assert kind.show(reading.value)
        if isinstance(reading, Refused):
            assert reading.error in kind.errors
        for found in kind.find(said):
            assert isinstance(found, Found)
            for start, end in found.spans:
                assert 0 <= start < end <= len(said.text)


@given(text=WILD)
def test_what_is_taken_as_a_mobile_is_one(text: str) -> None:
    reading = _read("mobile", text)
    if isinstance(reading, Taken):
        assert VALID.match(reading.value)


@given(st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True), st.data())
def test_a_mobile_is_read_however_it_is_written(number: str, data: st.DataObject) -> None:
    spoken = ["零〇○洞", "一幺", "二两", "三", "四", "五", "六", "七拐", "八", "九勾"]
    written = ""
    for place, digit in enumerate(number):
        ways = [digit, chr(ord("０") + int(digit)), *spoken[int(digit)]]
        written += data.draw(st.sampled_from(ways))
        if place in (2, 6):
            written += data.draw(st.sampled_from(["", " ", "-", "－", "  "]))
    prefix = data.draw(st.sampled_from(["", "+86", "+86 ", "86", "0086-", "手机号是", "电话："]))
    assert _value("mobile", prefix + written) == number


@given(text=WILD)
def test_digits_keep_their_places(text: str) -> None:
    assert len(digits_of(text)) == len(text)


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("", "none"),
        ("没有手机", "no_phone"),
        ("138 0000 0000 5", "count"),
        ("138", "count"),
        ("138000000000", "count"),
        ("12800000000", "start"),
        ("024-88886666", "landline"),
        ("13800000000和13900000000", "several"),
    ],
)
def test_mobiles_that_are_none(text: str, error: str) -> None:
    assert _error("mobile", text) == error


def test_the_mistake_tells_how_many_digits_were_counted() -> None:
    reading = _read("mobile", "一三八零零")
    assert isinstance(reading, Refused)
    assert reading.values == {"count": 5}


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("王芳", "王芳"),
        ("我叫王芳", "王芳"),
        ("我是王芳。", "王芳"),
        ("姓名：王芳", "王芳"),
        ("我的名字叫欧阳娜娜！", "欧阳娜娜"),
        ("你好，我叫李雷", "李雷"),
        ("王 芳", "王芳"),
        ("我姓王，叫王芳", "王芳"),
        ("古丽·买买提", "古丽·买买提"),
        ("买买提.艾力", "买买提·艾力"),
        ("阿卜杜拉•阿布都热合曼", "阿卜杜拉·阿布都热合曼"),
        ("爱新觉罗启星", "爱新觉罗启星"),
        ("高峰", "高峰"),
        ("李和平", "李和平"),
        ("王海城", "王海城"),
        ("鄧麗君", "鄧麗君"),
        ("小芳", "小芳"),
    ],
)
def test_names(text: str, name: str) -> None:
    assert _value("person_name", text) == name


@pytest.mark.parametrize(
    "text",
    [
        "算了", "你好", "补贴多少钱", "王", "123", "王1芳", "我不想说", "没有", "不知道", "",
        "叫什么", "？", "wangfang", "沈阳铁西", "周末", "保洁", "我想找个活干", "同意", "上一步",
        "转人工", "我是农民工", "我是下岗职工", "哈哈哈", "王芳是谁",
        "一二三四五六七八九十甲乙丙丁戊己",
    ],
)  # fmt: skip
def test_what_is_no_name(text: str) -> None:
    assert isinstance(_read("person_name", text), Refused)


def test_masks() -> None:
    assert mask_mobile("13800000000") == "138****0000"
    assert [mask_name(n) for n in ("王芳", "王小芳", "古丽·买买提")] == ["王*", "王*芳", "古****提"]


def _gazetteer() -> dict[str, list[str]]:
    from models.intake.fields import place

    path = place.Path(place.__file__).with_name("places.yml")
    cities = yaml.safe_load(path.read_text(encoding="utf-8"))["cities"]
    return {city: list(about["districts"]) for city, about in cities.items()}


def test_liaoning_has_14_cities_and_100_divisions() -> None:
    cities = _gazetteer()
    assert len(cities) == 14
    assert sum(map(len, cities.values())) == 100
    kinds = {"区": 59, "县": 25, "市": 16}
    every = [name for names in cities.values() for name in names]
    assert {kind: sum(n.endswith(kind) for n in every) for kind in kinds} == kinds


@pytest.mark.parametrize(
    ("city", "district"), [(city, name) for city, names in _gazetteer().items() for name in names]
)
def test_every_district_is_known_by_its_names(city: str, district: str) -> None:
    place = {"city": city, "district": district}
    short = re.sub(r"(新区|区|市|县)$", "", district)
    assert _value("place", f"辽宁省{city}{district}") == place
    assert _value("place", f"我在{city.removesuffix('市')}{district}") == place
    if short not in (city.removesuffix("市"), "本溪满族自治", "阜新蒙古族自治"):
        assert _value("place", f"{city}{short}") == place
        assert _value("place", short, {"city": city}) == place
    alone = _read("place", district)
    expected = (Taken, Partly) if district == "铁西区" else Taken
    assert isinstance(alone, expected)


@pytest.mark.parametrize(
    ("text", "city", "district"),
    [
        ("沈阳铁西", "沈阳市", "铁西区"),
        ("瀋陽鐵西", "沈阳市", "铁西区"),
        ("搁大连甘井子那块儿", "大连市", "甘井子区"),
        ("铁西，沈阳的", "沈阳市", "铁西区"),
        ("鞍山 铁西", "鞍山市", "铁西区"),
        ("喀左", "朝阳市", "喀喇沁左翼蒙古族自治县"),
        ("朝阳县", "朝阳市", "朝阳县"),
        ("旅顺", "大连市", "旅顺口区"),
        ("沈阳全市都行", "沈阳市", None),
        ("大连哪都行", "大连市", None),
        ("沈阳市铁西区启工街", "沈阳市", "铁西区"),
        ("沈北", "沈阳市", "沈北新区"),
    ],
)
def test_places(text: str, city: str, district: str | None) -> None:
    assert _value("place", text) == {"city": city, "district": district}


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("长春", "outside"),
        ("北京朝阳", "outside"),
        ("河北唐山", "outside"),
        ("火星", "unknown"),
        ("", "unknown"),
        ("沈阳和大连", "several"),
    ],
)
def test_places_that_are_none_of_ours(text: str, error: str) -> None:
    assert _error("place", text) == error


def test_half_a_place_is_asked_further() -> None:
    city = _read("place", "沈阳")
    assert isinstance(city, Partly)
    assert _value("place", "铁西", city.known) == {"city": "沈阳市", "district": "铁西区"}
    assert _value("place", "和平", city.known) == {"city": "沈阳市", "district": "和平区"}
    assert _value("place", "哪个区都行", city.known) == {"city": "沈阳市", "district": None}
    assert _value("place", "大连甘井子", city.known)["city"] == "大连市"  # type: ignore[index]
    district = _read("place", "铁西")
    assert isinstance(district, Partly)
    assert _value("place", "鞍山", district.known) == {"city": "鞍山市", "district": "铁西区"}
    kind = Place()
    assert [c.title for c in kind.choices(district.known)] == ["沈阳市铁西区", "鞍山市铁西区"]
    for half in (city.known, district.known):
        for choice in kind.choices(half):
            assert isinstance(kind.read(Said(choice.payload), half), Taken)


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("保洁", ["保洁"]),
        ("打扫卫生", ["保洁"]),
        ("家政", ["保洁"]),
        ("1、3", ["保洁", "餐饮"]),
        ("第1个和第二个", ["保洁", "搬运"]),
        ("1 2 14", ["保洁", "搬运", "文员客服"]),
        ("十二", ["仓库分拣"]),
        ("我会开车，也能搬货", ["司机", "搬运"]),
        ("织毛衣", ["其他:织毛衣"]),
        ("搬货，还会修鞋", ["搬运", "其他:修鞋"]),
        ("保洁和织毛衣", ["保洁", "其他:织毛衣"]),
        ("啥活都行", ["不限"]),
        ("保洁，打扫卫生", ["保洁"]),
    ],
)
def test_kinds_of_work(text: str, kinds: list[str]) -> None:
    assert _value("work_kinds", text) == kinds


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("算了", "empty"),
        ("没有", "empty"),
        ("你好", "empty"),
        ("", "empty"),
        ("asdf", "empty"),
        ("15", "number"),
        ("0", "number"),
        ("就是那种在家里面坐着不用怎么动弹也能挣到钱而且挣得还挺多", "long"),
    ],
)
def test_kinds_that_are_none(text: str, error: str) -> None:
    assert _error("work_kinds", text) == error


@pytest.mark.parametrize(
    "text",
    [
        "白天有空", "周末", "随时", "下班后", "晚上6点以后", "周一到周五", "啥时候都行",
        "农闲的时候", "看情况", "每天接完孩子", "寒暑假", "下周三",
    ],
)  # fmt: skip
def test_times(text: str) -> None:
    assert _value("availability", text) == text


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("算了", "empty"),
        ("asdf", "empty"),
        ("12345", "empty"),
        ("", "empty"),
        ("周末" * 40, "long"),
    ],
)
def test_times_that_are_none(text: str, error: str) -> None:
    assert _error("availability", text) == error


def test_yes_and_no() -> None:
    assert [_value("yes_no", t) for t in ("同意", "好的呀。", "OK", "中", "不同意", "不对！")] == [
        True, True, True, True, False, False,
    ]  # fmt: skip
    assert _error("yes_no", "也许") == "unsure"
    assert _error("yes_no", "晚上") == "unclear"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("俺叫王桂兰", "王桂兰"),
        ("我叫王丽呀", "王丽"),
        ("我的名儿叫王桂兰", "王桂兰"),
        ("我姓王叫丽", "王丽"),
        ("姓王，名叫丽", "王丽"),
        ("我叫关婷婷 打字慢", "关婷婷"),
        ("王丽吧", "王丽"),
    ],
)
def test_names_as_they_are_said(text: str, name: str) -> None:
    assert _value("person_name", text) == name


@pytest.mark.parametrize("text", ["提交", "同意", "确认", "先不办了", "单子", "轻生"])
def test_command_words_are_no_names(text: str) -> None:
    assert isinstance(_read("person_name", text), Refused)


@pytest.mark.parametrize("text", ["老张", "小李", "王师傅", "张姨", "我姓王", "免贵姓王"])
def test_how_somebody_is_addressed_is_asked_further_once(text: str) -> None:
    first = _read("person_name", text)
    assert isinstance(first, Partly)
    assert isinstance(_read("person_name", text, first.known), Taken)


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("除了搬运都行", ["其他:除了搬运都行"]),
        ("会计", ["其他:会计"]),
        ("打磨", ["其他:打磨"]),
        ("不光会保洁，还会搬运", ["保洁", "搬运"]),
        ("保洁，不干搬运", ["保洁", "其他:保洁，不干搬运"]),
        ("啥都行", ["不限"]),
    ],
)
def test_kinds_are_what_was_meant(text: str, kinds: list[str]) -> None:
    assert _value("work_kinds", text) == kinds


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("我不干保洁", "not_wanted"),
        ("保洁和搬运都干不了", "not_wanted"),
        ("我腰不好", "not_work"),
        ("没有技能", "not_work"),
        ("你看着办", "not_work"),
        ("王桂兰", "not_work"),
    ],
)
def test_what_names_no_kind_of_work(text: str, error: str) -> None:
    assert _error("work_kinds", text) == error


def test_all_the_same_belongs_to_the_question_asked() -> None:
    assert not field_type("availability", {}).find(Said("沈阳全市都行"))
    assert not field_type("work_kinds", {}).find(Said("我不干保洁"))
    assert _error("place", "哪都行") == _error("place", "全省都行") == "anywhere"
    assert _error("availability", "没空") == "no_time"
    assert _value("availability", "随便") == "随便"
