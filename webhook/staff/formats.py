"""How the console writes moments, spans of time and browsers."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from models.database import utc_now

CHINA = ZoneInfo("Asia/Shanghai")
_BROWSERS = ("Edg", "Firefox", "Chrome", "Safari")
_NAMES = {"Edg": "Edge"}
_SYSTEMS = ("Windows", "Mac OS", "Android", "iPhone", "Linux")


def moment(value: datetime | None) -> str:
    """Write a moment as people here read it: the time today, the day before that."""
    if value is None:
        return ""
    here, today = value.astimezone(CHINA), utc_now().astimezone(CHINA)
    if here.date() == today.date():
        return here.strftime("%H:%M")
    if here.year == today.year:
        return f"{here.month}月{here.day}日 {here:%H:%M}"
    return f"{here.year}年{here.month}月{here.day}日 {here:%H:%M}"


def clock(value: datetime) -> str:
    """Write the time of day of a line."""
    return value.astimezone(CHINA).strftime("%H:%M")


def day(value: datetime) -> str:
    """Write the day a line was said on, for the separator above it."""
    here, today = value.astimezone(CHINA).date(), utc_now().astimezone(CHINA).date()
    if here == today:
        return "今天"
    if here == today - timedelta(days=1):
        return "昨天"
    return f"{here.year}年{here.month}月{here.day}日"


def span(value: timedelta | float | None) -> str:
    """Write how long something takes or took; seconds when a number."""
    if value is None:
        return "—"
    seconds = int(value.total_seconds() if isinstance(value, timedelta) else value)
    if seconds < 60:
        return f"{max(seconds, 0)} 秒"
    if seconds < 3600:
        return f"{seconds // 60} 分钟"
    if seconds < 86400:
        return f"{seconds // 3600} 小时 {seconds % 3600 // 60} 分"
    return f"{seconds // 86400} 天 {seconds % 86400 // 3600} 小时"


def browser(agent: str) -> str:
    """Name a browser by its user agent, as its user would."""
    which = next((name for name in _BROWSERS if name in agent), "")
    system = next((name for name in _SYSTEMS if name in agent), "")
    return f"{_NAMES.get(which, which) or '其他浏览器'}{' · ' + system if system else ''}"
