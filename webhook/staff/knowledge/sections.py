"""The sections of the knowledge room, and the words its pages share."""

from models.knowledge.document import DocumentKind, DocumentStatus
from models.knowledge.importing import Outcome

SECTIONS = (
    ("staff.knowledge.documents", "page", "文件"),
    ("staff.knowledge.open_questions", "page", "未答问题"),
    ("staff.knowledge.trying", "page", "试一问"),
    ("staff.knowledge.synonyms", "page", "说法"),
    ("staff.knowledge.feedback", "page", "评价"),
    ("staff.knowledge.history", "page", "变更"),
)
STATUSES = {
    DocumentStatus.DRAFT: "草稿",
    DocumentStatus.IN_FORCE: "现行",
    DocumentStatus.EXPIRED: "已失效",
    DocumentStatus.WITHDRAWN: "已撤下",
    DocumentStatus.REPLACED: "已被替换",
}
KINDS = {DocumentKind.POLICY: "文件", DocumentKind.FAQ: "问答"}
OUTCOMES = {
    Outcome.CREATED: "已导入。",
    Outcome.REPLACED: "已导入，上一版自动标为已被替换。",
    Outcome.UPDATED: "正文没变，已更新文件信息。",
    Outcome.UNCHANGED: "正文和信息都没变，不用再导入。",
}
FIELDS = {
    "title": "标题",
    "issuer": "发文单位",
    "number": "文号",
    "region": "适用地区",
    "issued_on": "发文日期",
    "valid_from": "生效日期",
    "valid_until": "失效日期",
    "audience": "适用对象",
    "source": "来源",
    "status": "状态",
    "import": "导入",
    "lead": "白话说明",
    "picture": "图片",
    "questions": "常见问法",
    "synonym": "说法",
}


def told(field: str, value: str) -> str:
    """Write a value of the record of changes as people read it."""
    if field == "status":
        return STATUSES[DocumentStatus(value)] if value else ""
    if field == "picture":
        return "有图" if value else ""
    return value


def known_to_templates() -> dict[str, object]:
    """Return what every page of the room needs."""
    return {
        "sections": SECTIONS,
        "statuses": STATUSES,
        "kinds": KINDS,
        "edit_fields": FIELDS,
        "edit_told": told,
    }
