"""Ids of rows in addresses and forms: what no database holds leads nowhere, and breaks nothing."""

from werkzeug.routing import IntegerConverter, Map

_LARGEST = 2**63 - 1


class RowConverter(IntegerConverter):
    """An id in the path of an address: ``/conversations/<row:conversation_id>``."""

    def __init__(self, url_map: Map) -> None:
        super().__init__(url_map, max=_LARGEST)


def row_id(text: str) -> int:
    """Read an id of a form or query (``request.args.get("after", type=row_id)``).

    Raises:
        ValueError: it is no number, or larger than an id can be.
    """
    number = int(text[:20])
    if not 0 <= number <= _LARGEST:
        raise ValueError("no row has such an id")
    return number
