from hypothesis import example, given
from hypothesis import strategies as st

from models.knowledge.hierarchy import OPENING, anchors, cut
from models.knowledge.plan import plan_draft

RULES = """辽宁省试行办法
第一章 总则
第一条 为了规范管理，制定本办法。
第二条 本办法适用于辽宁省。申请人应当年满18周岁。
第二章 申请
第三条 申请人应当提交：
（一）身份证；
（二）营业执照复印件。
"""


def test_the_plan_is_cut_along_its_parts():
    pieces = plan_draft().pieces
    paths = list(dict.fromkeys(piece.path for piece in pieces))
    assert paths == [
        OPENING, "一", "二",
        "三(一)", "三(二)", "三(三)", "三(四)", "三(五)", "三(六)", "三(七)", "三(八)",
        "四(一)", "四(二)", "四(三)", "四(四)",
    ]  # fmt: skip
    assert len(pieces) == 51


def test_a_sentence_knows_its_heading_and_not_its_marker():
    piece = next(piece for piece in plan_draft().pieces if "零工服务专区" in piece.text)
    assert piece.path == "三(八)"
    assert piece.heading == "实施“灵活就业支持”计划"
    assert piece.text == (
        "推动公共就业服务机构设立零工服务专区，结合实际动态调整服务大厅开放时间，"
        "免费向社会提供零工信息登记发布和求职招聘服务。"
    )


def test_responsible_bodies_are_apart_from_what_is_promised():
    bodies = [piece for piece in cut(plan_draft().published) if piece.names_responsible]
    assert len(bodies) == 8
    assert bodies[-1].text == "责任单位：省人力资源社会保障厅"
    promised = [piece for piece in cut(plan_draft().published) if not piece.names_responsible]
    assert not any("责任单位" in piece.text for piece in promised)


def test_articles_are_cited_without_their_chapter():
    pieces = cut(RULES)
    assert [(piece.path, piece.text) for piece in pieces] == [
        (OPENING, "辽宁省试行办法"),
        ("第一条", "为了规范管理，制定本办法。"),
        ("第二条", "本办法适用于辽宁省。"),
        ("第二条", "申请人应当年满18周岁。"),
        ("第三条", "申请人应当提交："),
        ("第三条(一)", "身份证；"),
        ("第三条(二)", "营业执照复印件。"),
    ]
    assert pieces[1].heading == "总则"


def test_markdown_headings_count_like_plain_ones():
    pieces = cut("## 一、申请条件\n- 年满18周岁。\n\n## 办理地点\n市民大厅一楼。\n")
    assert [(piece.path, piece.heading, piece.text) for piece in pieces] == [
        ("一", "申请条件", "年满18周岁。"),
        ("一办理地点", "办理地点", "市民大厅一楼。"),
    ]


def test_a_number_with_decimals_is_no_marker():
    assert [piece.path for piece in cut("1.5万元以内的贷款。\n2024年执行。")] == [OPENING, OPENING]


def test_a_closing_quotation_mark_stays_with_its_sentence():
    assert [piece.text for piece in cut("他说：“可以。”然后走了。")] == [
        "他说：“可以。”", "然后走了。"
    ]  # fmt: skip


def test_a_sentence_nobody_can_read_in_one_go_is_cut_at_semicolons():
    text = "；".join("申请人应当提交材料" * 5 for _ in range(20)) + "。"
    pieces = cut(text)
    assert len(pieces) > 1
    assert "".join(piece.text for piece in pieces) == text


MARKS = st.sampled_from(
    [
        *(
            "一、",
            "（二）",
            "(三)",
            "1.",
            "（1）",
            "第四条 ",
            "第一章 总则\n",
            "# ",
            "\n",
            "\r\n",
            " ",
        ),
        *(
            "。",
            "；",
            "，",
            "”",
            "？",
            "（责任单位：省厅）",
            "责任单位：",
            "补贴",
            "贷款到期",
            "5.5",
            "\t",
        ),
    ]
)


@given(st.one_of(st.text(max_size=300), st.lists(MARKS, max_size=60).map("".join)))
@example("# #\t附则")
def test_every_piece_is_exactly_its_range(text: str):
    pieces = cut(text)
    done = 0
    for piece in pieces:
        assert piece.text == text[piece.start : piece.end]
        assert piece.text.strip() == piece.text != ""
        assert piece.start >= done
        assert 0 < len(piece.path) <= 100
        assert len(piece.heading) <= 300
        done = piece.end


@given(st.lists(st.sampled_from(["申请人提交材料", "。", "！", "，", "\n", "”", " "]), max_size=60))
def test_nothing_but_space_is_left_out_of_plain_text(parts: list[str]):
    text = "".join(parts)
    kept = "".join(piece.text for piece in cut(text))
    assert "".join(kept.split()) == "".join(text.split())


def test_a_table_row_is_one_piece():
    pieces = cut("三、标准\n| 项目：创业补贴。一次发放；标准：5000元\n")
    assert [(piece.path, piece.heading, piece.text) for piece in pieces] == [
        ("三", "标准", "项目：创业补贴。一次发放；标准：5000元")
    ]


def test_an_item_with_nothing_under_it_can_be_quoted():
    pieces = cut("二、申请材料\n（一）身份证\n（二）营业执照\n三、办理地点\n市民大厅。")
    assert [(piece.path, piece.heading, piece.text) for piece in pieces] == [
        ("二(一)", "申请材料", "身份证"),
        ("二(二)", "申请材料", "营业执照"),
        ("三", "办理地点", "市民大厅。"),
    ]


def test_parts_of_an_attachment_are_not_those_of_the_text():
    pieces = cut("一、总则\n适用于全省。\n附件1\n一、材料\n身份证。\n")
    assert [piece.path for piece in pieces] == ["一", "附件1一"]
    listed = cut("一、总则\n适用于全省。\n附件：1.申请表\n2.承诺书\n")
    assert [(piece.path, piece.text) for piece in listed[1:]] == [
        ("附件", "1.申请表"),
        ("附件2", "承诺书"),
    ]


def test_a_chapter_needs_no_space_before_its_name():
    assert [piece.path for piece in cut("第一章总则\n适用于全省。")] == ["第一章"]
    assert [piece.path for piece in cut("第一章规定的申请人，应当年满18周岁。")] == [OPENING]


def test_each_piece_has_an_anchor_of_its_own():
    assert anchors(["一", "一", "三(五)", "一"]) == ["一-1", "一-2", "三(五)-1", "一-3"]
