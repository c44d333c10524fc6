"""Each format is read into the same plain lines; what cannot be read is refused in words."""

from io import BytesIO

import pytest
from docx import Document
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader, PdfWriter

from models.knowledge.readers import Unreadable, docx, html, pdf, read, text
from models.knowledge.readers.sniff import format_of
from tests.models.knowledge.readers import files

PAGE = files.pdf([["一、申请条件", "申请人应当年满十八周岁。"]])


def lines(read_text: str) -> list[str]:
    return read_text.rstrip("\n").split("\n")


def test_a_word_file_gives_paragraphs_headings_and_rows():
    document = Document()
    document.add_heading("办事指南", level=1)
    document.add_paragraph("一、申请条件")
    document.add_paragraph("年满18周岁。")
    table = document.add_table(rows=3, cols=2)
    for row, cells in enumerate((("项目", "标准"), ("创业补贴", "5000元"), ("场地补贴", "8000元"))):
        for column, cell in enumerate(cells):
            table.cell(row, column).text = cell
    table.cell(1, 0).merge(table.cell(2, 0)).text = "补贴"
    assert lines(docx.read(files.saved(document))) == [
        "# 办事指南",
        "一、申请条件",
        "年满18周岁。",
        "| 项目：补贴；标准：5000元",
        "| 项目：补贴；标准：8000元",
    ]


@pytest.mark.parametrize(
    ("shape", "pattern", "expected"),
    [
        ("chineseCounting", "%1、", ["一、条件", "二、材料", "三、地点"]),
        ("japaneseCounting", "（%1）", ["（一）条件", "（二）材料", "（三）地点"]),
        ("decimal", "%1.", ["1. 条件", "2. 材料", "3. 地点"]),
        ("chineseCountingThousand", "第%1条", ["第一条 条件", "第二条 材料", "第三条 地点"]),
        ("bullet", "", ["- 条件", "- 材料", "- 地点"]),
    ],
)
def test_numbers_that_word_counts_are_written_out(shape: str, pattern: str, expected: list[str]):
    data = files.numbered_word(shape, pattern, ["条件", "材料", "地点"])
    assert lines(docx.read(data)) == expected


def test_a_pdf_gives_paragraphs_again_without_page_numbers():
    data = files.pdf(
        [
            ["申请人应当年满十八周岁并且在本市登记", "失业满一年。", "- 1 -"],
            ["二、办理地点", "市民大厅。", "第 2 页 共 2 页"],
        ]
    )
    assert lines(pdf.read(data)) == [
        "申请人应当年满十八周岁并且在本市登记失业满一年。", "二、办理地点", "市民大厅。"
    ]  # fmt: skip


def test_two_hundred_pages_are_read():
    pages = [[f"第{page}页有很多字的第{row}行。" for row in range(30)] for page in range(200)]
    found = read(files.pdf(pages), "长文件.pdf")
    assert len(lines(found)) == 6_000
    assert "第199页有很多字的第29行。" in found


def test_a_web_page_gives_its_article_only():
    page = """<!DOCTYPE html><html><head><title>网站</title><script>alert(1)</script></head><body>
    <nav>首页 &gt; 政策</nav><article><h2>一、申请条件</h2>
    <p>年满<b>18</b>周岁，<br>有营业执照。</p>
    <p style="display: none">看不见</p><ol start="2"><li>身份证</li><li>执照</li></ol>
    <ul><li>免费</li></ul><table><tr><td><p>只排版的表。</p><p>第二段。</p></td></tr></table>
    <table><tr><th>项目</th><th>标准</th></tr><tr><td rowspan="2">补贴</td><td>1元</td></tr>
    <tr><td>2元</td></tr></table></article><footer>版权所有</footer></body></html>"""
    assert lines(html.read(page.encode("gb18030"))) == [
        "## 一、申请条件", "年满18周岁，", "有营业执照。", "2. 身份证", "3. 执照", "- 免费",
        "只排版的表。", "第二段。", "| 项目：补贴；标准：1元", "| 项目：补贴；标准：2元",
    ]  # fmt: skip


def test_rows_of_a_markdown_table_stand_alone():
    found = text.read("前文\n| 项目 | 标准 |\n|---|:--:|\n| 补贴 | 5000元 |\n后文".encode())
    assert lines(found) == ["前文", "| 项目：补贴；标准：5000元", "后文"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_a_text_is_left_as_it_stands(encoding: str):
    told = "一、申请 | 说明\n\n  缩进\r\n"
    assert read(told.encode(encoding), "a.txt") == told


@pytest.mark.parametrize(
    ("name", "data", "expected"),
    [
        ("其实是网页.txt", b"<html><body><p>\xe5\xad\x97</p></body></html>", "字\n"),
        ("其实是PDF.docx", PAGE, "一、申请条件\n申请人应当年满十八周岁。\n"),
        ("其实是Word.pdf", files.word("文字"), "文字\n"),
    ],
)
def test_the_content_tells_the_format_not_the_name(name: str, data: bytes, expected: str):
    assert read(data, name) == expected


def protected(user: str, owner: str) -> bytes:
    writer = PdfWriter(clone_from=PdfReader(BytesIO(PAGE)))
    writer.encrypt(user, owner_password=owner, algorithm="AES-256")
    stream = BytesIO()
    writer.write(stream)
    return stream.getvalue()


def test_a_pdf_whose_printing_is_locked_is_read():
    assert "年满十八周岁" in read(protected("", "owner"), "a.pdf")


ENTITIES = '<!DOCTYPE d [<!ENTITY a "好"><!ENTITY b "&a;&a;&a;&a;">]>'
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600


@pytest.mark.parametrize(
    ("name", "data", "told"),
    [
        ("空.txt", b" \n", "空的"),
        ("坏.docx", files.word("文字")[:-200], "坏的"),
        ("坏.pdf", b"%PDF-1.7\nrubbish", "坏的"),
        ("半个.pdf", PAGE[:400], "坏的"),
        ("没正文.docx", files.package(word__document=b"<a/>"), "没有正文"),
        ("不是XML.docx", files.package(word__document=b"rubbish"), "坏的"),
        ("文字.docx", "文字".encode(), "扩展名对不上"),
        ("二进制.txt", b"\xff\xff\xff", "读不出文字"),
        ("加密.pdf", protected("secret", "owner"), "加了密码"),
        ("加密.docx", OLE + "EncryptedPackage".encode("utf-16-le"), "加了密码"),
        ("旧版.doc", OLE, "旧版"),
        ("扫描.pdf", files.pdf([[], [], []]), "扫描"),
        ("照片.txt", b"\x89PNG\r\n\x1a\n" + b"\0" * 50, "图片"),
        ("程序.docx", b"MZ\x90\0\x03" + b"\0" * 50, "程序"),
        ("表.docx", files.package(xl__workbook=b"<a/>"), "Excel"),
        ("包.docx", files.package(a=b"x"), "压缩包"),
        ("炸弹.docx", files.package(word__document=b"<w>" + b" " * (80 << 20)), "太大"),
        ("实体.docx", files.word_xml("&b;", ENTITIES), "可疑"),
        ("太大.txt", b"x" * (50 << 20), "20 MB"),
        ("太长.txt", ("字" * 2_000_001).encode(), "200 万字"),
    ],
)
def test_what_cannot_be_read_is_refused_in_words(name: str, data: bytes, told: str):
    with pytest.raises(Unreadable, match=told):
        read(data, name)


def test_a_file_that_needs_too_much_ends_its_own_process_only(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("models.knowledge.readers.isolated._SECONDS", 0.01)
    with pytest.raises(Unreadable, match="太复杂"):
        read(PAGE, "a.pdf")


BYTES = st.one_of(
    st.binary(max_size=400),
    st.builds(
        lambda data, place, put: data[:place] + put + data[place + len(put) :],
        st.sampled_from([PAGE, files.word("一、条件", "年满18周岁。"), b"<html><p>a<table><tr>"]),
        st.integers(0, 3000),
        st.binary(max_size=30),
    ),
)


@settings(max_examples=150, deadline=None)
@given(BYTES)
def test_wild_bytes_are_read_or_refused(data: bytes):
    readers = {"txt": text.read, "html": html.read, "docx": docx.read, "pdf": pdf.read}
    try:
        found = readers[format_of(data)](data)
    except Unreadable as refused:
        assert str(refused)
    else:
        assert isinstance(found, str)
