import io
import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from pypdf import PdfReader

from models.materials.upload import MOST_BYTES, MOST_PAGES, UploadRefusedError, clean, sniff
from tests.models.materials.files import GPS, pdf, photo


def refusal(content: bytes, *allowed: str) -> UploadRefusedError:
    with pytest.raises(UploadRefusedError) as refused:
        clean(content, allowed or ("jpeg", "png", "pdf"))
    return refused.value


def test_a_photo_loses_its_place_and_device_and_keeps_its_picture() -> None:
    taken = clean(photo())
    assert taken.kind == "jpeg"
    assert b"SecretPhoneMaker" not in taken.content
    with Image.open(io.BytesIO(taken.content)) as picture:
        assert picture.size == (600, 400)
        assert not picture.getexif()
        assert not picture.getexif().get_ifd(GPS)
        assert picture.getpixel((20, 200))[1] < 40 < picture.getpixel((580, 200))[1]


def test_a_photo_taken_on_its_side_is_turned_upright() -> None:
    with Image.open(io.BytesIO(clean(photo(orientation=6)).content)) as picture:
        assert picture.size == (400, 600)
        # Turned to the right: what was left is above.
        assert picture.getpixel((200, 20))[1] < 40 < picture.getpixel((200, 580))[1]


def test_a_large_photo_is_made_as_small_as_a_screen_needs() -> None:
    with Image.open(io.BytesIO(clean(photo(5000, 3000)).content)) as picture:
        assert max(picture.size) == 2400


def test_a_png_is_written_anew_without_its_text() -> None:
    taken = clean(photo(kind="PNG"))
    assert taken.kind == "png"
    assert b"SecretPhoneMaker" not in taken.content


def test_a_pdf_keeps_its_pages_and_loses_scripts_attachments_and_title() -> None:
    taken = clean(pdf(3, script=True, title="SecretTitle"))
    reader = PdfReader(io.BytesIO(taken.content))
    assert len(reader.pages) == 3
    for secret in (b"SCRIPT", b"MZ-ATTACHED", b"SecretTitle", b"/JavaScript", b"/OpenAction"):
        assert secret not in taken.content


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        (b"\xff\xd8\xff" + b"0" * MOST_BYTES, "too_big"),
        (b"MZ\x90\x00 a program named photo.jpg", "type"),
        (b"<html><script>alert(1)</script></html>", "type"),
        (b"GIF89a" + b"0" * 30, "type"),
        (photo()[:300], "broken"),
        (b"\x89PNG\r\n\x1a\n" + b"0" * 100, "broken"),
        (b"%PDF-1.7\nnothing behind the header", "broken"),
        (pdf(password="secret"), "encrypted"),
        (pdf(MOST_PAGES + 1), "too_many_pages"),
    ],
)
def test_what_cannot_be_taken_is_refused_with_its_reason(content: bytes, code: str) -> None:
    refused = refusal(content)
    assert refused.code == code
    assert refused.told.endswith("。")


@pytest.mark.parametrize("brand", [b"heic", b"mif1"])
def test_who_has_a_photo_of_an_iphone_learns_how_to_get_a_jpg(brand: bytes) -> None:
    refused = refusal(b"\x00\x00\x00\x18ftyp" + brand + b"\x00" * 64)
    assert refused.code == "heic"
    assert "兼容性最佳" in refused.told
    assert "微信" in refused.told


def test_a_kind_that_this_material_does_not_take_is_named() -> None:
    refused = refusal(pdf(), "jpeg", "png")
    assert refused.code == "type"
    assert "JPG" in refused.told and "PDF" not in refused.told


def test_a_picture_that_unpacks_to_gigabytes_is_refused_unread() -> None:
    def chunk(name: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        )

    header = struct.pack(">IIBBBBB", 60000, 60000, 8, 2, 0, 0, 0)
    bomb = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", b"") + chunk(b"IEND", b"")
    assert refusal(bomb).code == "too_large"


@given(
    st.binary(max_size=300), st.sampled_from([b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"%PDF-"])
)
def test_no_bytes_end_in_anything_but_a_clean_file_or_a_reason(content: bytes, head: bytes) -> None:
    try:
        taken = clean(head + content)
    except UploadRefusedError:
        return
    assert sniff(taken.content) == taken.kind


@pytest.mark.filterwarnings("ignore::UserWarning:PIL")
@given(st.data())
def test_no_damage_to_a_real_file_ends_otherwise(data: st.DataObject) -> None:
    whole = bytearray(
        data.draw(st.sampled_from([photo(64, 64), photo(64, 64, kind="PNG"), pdf(2, script=True)]))
    )
    for _ in range(data.draw(st.integers(1, 6))):
        whole[data.draw(st.integers(8, len(whole) - 1))] = data.draw(st.integers(0, 255))
    try:
        clean(bytes(whole))
    except UploadRefusedError as refused:
        assert refused.told
