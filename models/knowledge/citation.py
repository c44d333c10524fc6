"""Citation: what is quoted, where it stands, and what is known about its document."""

from dataclasses import dataclass
from datetime import date

from models.knowledge.document import DocumentKind
from models.knowledge.hierarchy import RESPONSIBLE


@dataclass(frozen=True)
class Citation:
    """A stored clause: `text` is characters `start`..`end` of the document's published text.

    `lead` is what an editor wrote in plain words; `corrected` says whether words that do not
    belong to the document were taken out of the clause; `responsible` are the bodies that the
    document names for this part; `picture` is the address of the clause's picture.
    """

    document_id: int
    title: str
    kind: DocumentKind
    issuer: str | None
    issued_on: date | None
    valid_until: date | None
    clause_id: int
    clause_path: str
    heading: str
    text: str
    start: int
    end: int
    question: str | None
    source: str | None
    lead: str | None
    corrected: bool
    responsible: str = ""
    region: str | None = None
    picture: str | None = None

    @property
    def names_responsible(self) -> bool:
        """Whether this is a line of responsible bodies."""
        return self.text.startswith(RESPONSIBLE)


@dataclass(frozen=True)
class Hit:
    """A clause found. `score` is how likely it is about the question; all three are in 0..1."""

    citation: Citation
    score: float
    words: float
    meaning: float
