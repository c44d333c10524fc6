"""Personal fields are unreadable in the database, and keys can be changed."""

import pytest
from cryptography.fernet import Fernet
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr
from sqlalchemy import text

from models import sealed
from models.contact import meet_contact
from models.database import Database
from models.draft import active_draft, begin_draft
from models.settings import Settings


def test_a_sealed_column_holds_no_readable_word(database: Database) -> None:
    with database.unit_of_work() as session:
        contact = meet_contact(session, "web", "", "someone")
        begin_draft(session, contact.id, "gig_registration").answers = {"name": "王小芳"}
    with database.reading() as session:
        (raw,) = session.execute(text("SELECT answers FROM draft")).one()
        assert "王小芳" not in raw
        assert "name" not in raw
        draft = active_draft(session, contact.id)
        assert draft is not None
        assert draft.answers == {"name": "王小芳"}


def test_keys_can_be_changed_without_losing_what_was_sealed(settings: Settings) -> None:
    kept, found_by = sealed.seal("13800138000"), sealed.lookup_hash("13800138000")
    old = settings.data_key.get_secret_value()
    rotated = settings.model_copy(
        update={"data_key": type(settings.data_key)(f"{Fernet.generate_key().decode()},{old}")}
    )
    sealed.use_key(rotated)
    assert sealed.unseal(kept) == "13800138000"
    assert sealed.lookup_hash("13800138000") == found_by


def test_a_foreign_key_opens_nothing(settings: Settings) -> None:
    kept = sealed.seal("13800138000")
    other = settings.model_copy(
        update={"data_key": type(settings.data_key)(Fernet.generate_key().decode())}
    )
    sealed.use_key(other)
    with pytest.raises(sealed.SealError, match="DATA_KEY") as caught:
        sealed.unseal(kept)
    assert "138" not in str(caught.value)


_KEY = SecretStr(Fernet.generate_key().decode())


@given(st.text(alphabet=st.characters(codec="utf-8")))
def test_whatever_is_sealed_opens_again(word: str) -> None:
    sealed.use_key(Settings.model_construct(data_key=_KEY))
    assert sealed.unseal(sealed.seal(word)) == word
