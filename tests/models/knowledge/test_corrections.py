import hashlib

import pytest
from sqlalchemy import select

from models.database import Database
from models.knowledge.corrections import Correction, CorrectionError, apply
from models.knowledge.document import PolicyDocument
from models.knowledge.plan import FOLDER

NOISE = Correction("噪音", "", 1, "网页采集时混入", before="基金", after="，")


def test_the_original_of_the_plan_is_untouched():
    data = (FOLDER / "original.txt").read_bytes()
    assert hashlib.sha256(data).hexdigest() == (
        "3de3e7a1d57aca5c72a36fc2a977699dd5b4ba855b7a02976104edbd48346b3a"
    )


def test_what_is_published_is_the_original_with_its_listed_corrections(plan_database: Database):
    with plan_database.reading() as session:
        document = session.scalars(select(PolicyDocument)).one()
        listed = [Correction.from_data(entry) for entry in document.corrections]
        assert document.original == (FOLDER / "original.txt").read_bytes().decode()
        assert document.published == apply(document.original, listed)
        assert document.original.count("创业项目优势") == 2
        assert "创业项目优势" not in document.published
        assert "," not in document.published
        assert [entry["count"] for entry in document.corrections] == [1, 1, 117, 8, 21, 21]


def test_unknown_facts_of_the_plan_stay_unknown(plan_database: Database):
    with plan_database.reading() as session:
        document = session.scalars(select(PolicyDocument)).one()
        assert (document.issuer, document.number, document.issued_on) == (None, None, None)
        assert document.region == "辽宁省"
        assert str(document.valid_until) == "2024-12-31"


def test_a_correction_reaches_its_place_only():
    assert apply("基金噪音，别处噪音。", [NOISE]) == "基金，别处噪音。"


@pytest.mark.parametrize("text", ["基金，", "基金噪音，基金噪音，", "噪音，"])
def test_a_correction_that_does_not_fit_publishes_nothing(text: str):
    with pytest.raises(CorrectionError, match="没有发布"):
        apply(text, [NOISE])


@pytest.mark.parametrize(
    "data",
    [
        {"find": "", "replace": "", "count": 1, "reason": "空"},
        {"find": "甲", "replace": "", "count": 0, "reason": "没有"},
        {"find": "甲", "replace": "", "count": 1, "reason": ""},
        {"find": "甲", "count": 1, "reason": "缺一项"},
        {"find": "甲", "replace": "", "count": 1, "reason": "多一项", "where": "乙"},
    ],
)
def test_a_correction_without_its_facts_is_refused(data: dict[str, object]):
    with pytest.raises(CorrectionError):
        Correction.from_data(data)


def test_a_correction_is_stored_without_loss():
    assert Correction.from_data(NOISE.as_data()) == NOISE
