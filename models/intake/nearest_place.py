"""The district a pair of coordinates lies in, as nearly as its centre tells."""

from functools import cache
from math import cos, hypot, radians
from pathlib import Path

import yaml

_FILE = Path(__file__).parent / "fields" / "place_centres.yml"
_KM_A_DEGREE = 111.2
# No place of the province is farther from the nearest centre of a district or county.
_REACH_KM = 60.0


@cache
def _centres() -> dict[str, dict[str, tuple[float, float]]]:
    centres: dict[str, dict[str, tuple[float, float]]]
    centres = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    return centres


def city_and_district(place: str) -> tuple[str, str]:
    """Split what `nearest_place` returned.

    Raises:
        ValueError: it is no place of ours.
    """
    for city, districts in _centres().items():
        if place.startswith(city) and place.removeprefix(city) in districts:
            return city, place.removeprefix(city)
    raise ValueError("no such place")


def nearest_place(latitude: float, longitude: float) -> str | None:
    """Return city and district (「沈阳市铁西区」) whose centre is nearest; None outside Liaoning.

    Args:
        latitude: degrees north, as WeChat tells a place (GCJ-02).
        longitude: degrees east.
    """
    narrowing = cos(radians(latitude))
    distance, city, district = min(
        (
            _KM_A_DEGREE * hypot(north - latitude, (east - longitude) * narrowing),
            city,
            district,
        )
        for city, districts in _centres().items()
        for district, (north, east) in districts.items()
    )
    return f"{city}{district}" if distance <= _REACH_KM else None
