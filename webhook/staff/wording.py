"""The console's own words for roles, states and the like."""

from models.conversation import ConversationState
from models.delivery import DeliveryState
from models.staff import Presence, Role

ROLES = {
    Role.AGENT: "坐席",
    Role.REVIEWER: "审核员",
    Role.EDITOR: "知识编辑",
    Role.ADMIN: "管理员",
    Role.AUDITOR: "审计员",
}
PRESENCES = {Presence.ONLINE: "在线", Presence.BUSY: "忙碌", Presence.OFFLINE: "离开"}
STATES = {
    ConversationState.BOT: "机器人接待",
    ConversationState.PENDING: "等待人工",
    ConversationState.OPEN: "人工接待中",
    ConversationState.RESOLVED: "已结束",
}
CHANNELS = {"wechat": "微信", "web": "网页", "terminal": "终端", "miniprogram": "小程序"}
DELIVERIES = {
    DeliveryState.PENDING: "等待发送",
    DeliveryState.SENDING: "发送中",
    DeliveryState.SENT: "已送达",
    DeliveryState.HELD: "暂存",
    DeliveryState.FAILED: "没发出去",
    DeliveryState.UNKNOWN: "结果不明",
}

WRONG_SIGN_IN = "用户名或密码不对。请检查大小写，再试一次。"
WRONG_CODE = "验证码不对，或者已经用过。请等手机上换了新的一组再输。"
ENDED = "登录已过期，请重新登录。"
NO_RIGHT = "您的角色没有这项权限。需要的话，请联系管理员。"
