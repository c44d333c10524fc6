"""``GET /api/v1/policy/search``: the search that answers use, for other clients."""

from typing import Any

from apiflask import APIBlueprint, Schema
from apiflask.fields import Float, Integer, List, Nested, String
from apiflask.validators import Length, Range, Regexp

from models.knowledge.citation import Hit
from webhook.current import knowledge

bp = APIBlueprint("policy", __name__, tag="政策")


class PolicyQuestion(Schema):
    """What is asked, and how many clauses are wanted."""

    q = String(
        required=True,
        validate=[
            Length(max=200, error="问题最多 200 个字。"),
            Regexp(r"\s*\S", error="请写上要问的问题。"),
        ],
        metadata={"description": "要问的问题，1 到 200 个字", "example": "打零工去哪里登记"},
    )
    top = Integer(
        load_default=5,
        validate=Range(1, 20, error="top 要在 1 到 20 之间。"),
        metadata={"description": "最多要几条"},
    )


class PolicyItem(Schema):
    """A clause found; `text` is exactly what the document says."""

    id = Integer(metadata={"description": "条款编号"})
    title = String(metadata={"description": "文件名"})
    clause = String(metadata={"description": "条款位置，如 三(八)；问答为空"})
    text = String(metadata={"description": "原文"})
    source = String(metadata={"description": "问答条目的来源"})
    score = Float(metadata={"description": "相关程度，0 到 1；0.5 起可以作为回答引用"})


class PolicyItems(Schema):
    """Clauses found, best first."""

    items = List(Nested(PolicyItem))


@bp.get("/policy/search")
@bp.input(PolicyQuestion, location="query", arg_name="question")
@bp.output(PolicyItems)
@bp.doc(summary="查政策条款", description="按词语和意思查现行文件的条款，最相关的在前。")
def search_policy(question: dict[str, Any]) -> dict[str, Any]:
    """Search the documents in force. Open to everybody: policy text is public."""
    return {"items": [item(hit) for hit in knowledge().search(question["q"], question["top"])]}


def item(hit: Hit) -> dict[str, Any]:
    """Return a hit as clients see it."""
    citation = hit.citation
    return {
        "id": citation.clause_id,
        "title": citation.title,
        "clause": citation.clause_path,
        "text": citation.text,
        "source": citation.source or "",
        "score": round(hit.score, 4),
    }
