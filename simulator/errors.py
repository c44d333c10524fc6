"""WeChat's error codes (全局返回码), as its API answers them: status 200 and ``errcode``."""

MEANINGS = {
    -1: "system error",
    40001: "invalid credential, access_token is invalid or not latest",
    40003: "invalid openid",
    40004: "invalid media type",
    40007: "invalid media_id",
    40008: "invalid message type",
    40013: "invalid appid",
    40014: "invalid access_token",
    40016: "invalid button size",
    40017: "invalid button type",
    40018: "invalid button name size",
    40019: "invalid button key size",
    40020: "invalid button url size",
    40025: "invalid sub button name size",
    40029: "invalid code",
    40035: "invalid args",
    40037: "invalid template_id",
    40125: "invalid appsecret",
    40163: "code been used",
    41001: "access_token missing",
    41004: "appsecret missing",
    41005: "media data missing",
    42001: "access_token expired",
    43004: "require subscribe",
    43101: "user refuse to accept the msg",
    44004: "empty content",
    45001: "media size out of limit",
    45002: "content size out of limit",
    45008: "article size out of limit",
    45009: "reach max api daily quota limit",
    45011: "api minute-quota reach limit, must slower, retry next minute",
    45015: "response out of time limit or subscription is canceled",
    45047: "out of response count limit",
    45072: "command must be Typing or CancelTyping",
    45080: "need interaction within 30 seconds",
    45081: "typing already set",
    46003: "menu no exist",
    47001: "data format error",
    47003: "argument invalid",
    48001: "api unauthorized",
}


class ApiError(Exception):
    """The API refuses a call, by WeChat's code."""

    def __init__(self, code: int, hint: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.hint = hint

    def as_json(self) -> dict[str, object]:
        """Return WeChat's answer."""
        meaning = MEANINGS.get(self.code, "error")
        return {"errcode": self.code, "errmsg": f"{meaning} {self.hint}".strip()}
