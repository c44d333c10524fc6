"""What is around a place, as people read it."""

from models.around import around
from models.database import Database
from tests.models.test_gig_news import posts


def test_gigs_nearby_are_told_in_peoples_words(database: Database) -> None:
    with database.unit_of_work() as session:
        posts(
            session,
            work_kinds=["保洁", "其他:织毛衣"],
            place={"city": "沈阳市", "district": "铁西区"},
        )
        told = around(session, "沈阳市铁西区")
    assert "· 保洁、织毛衣，" in told
    assert "其他:" not in told
