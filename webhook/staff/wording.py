"""The console's own words for roles, states and the like."""

from models.catalogue.life import RequestState
from models.conversation import ConversationState
from models.delivery import DeliveryState
from models.handoff import HandoffReason
from models.message import Author
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
CHANNELS = {
    "wechat": "微信",
    "web": "网页",
    "terminal": "终端",
    "miniprogram": "小程序",
    "bureau": "线下登记",
}
DELIVERIES = {
    DeliveryState.PENDING: "等待发送",
    DeliveryState.SENDING: "发送中",
    DeliveryState.SENT: "已送达",
    DeliveryState.HELD: "暂存",
    DeliveryState.FAILED: "没发出去",
    DeliveryState.UNKNOWN: "结果不明",
}
INTERFACES = {
    "stable_token": "取令牌",
    "media/upload": "上传图片",
    "message/custom/send": "客服消息",
    "message/subscribe/bizsend": "订阅通知",
    "message/template/send": "模板消息",
}
# 全局返回码 of WeChat's documentation, as far as a delivery meets them.
OUTCOMES = {
    "0": "微信收下了",
    "-1": "微信繁忙",
    "40001": "令牌失效",
    "40014": "令牌失效",
    "42001": "令牌过期",
    "43004": "没有关注公众号",
    "43101": "没有允许这种通知",
    "45009": "当天调用次数用完",
    "45011": "调用太频繁",
    "45015": "超过 48 小时没来消息",
    "45047": "条数用完",
    "48001": "公众号没有这个权限",
    "unsubscribed": "对方取消了关注",
}

AUTHORS = {
    Author.CONTACT: "用户",
    Author.BOT: "机器人",
    Author.STAFF: "坐席",
    Author.SYSTEM: "系统",
}
KINDS = {
    "image": "图片",
    "voice": "语音",
    "video": "视频",
    "shortvideo": "小视频",
    "location": "位置",
    "link": "链接",
    "file": "文件",
    "notice": "通知",
}
REASONS = {
    HandoffReason.ASKED: "想找人工",
    HandoffReason.MISSES: "机器人没听懂",
    HandoffReason.RIGHTS: "维权欠薪",
    HandoffReason.COMPLAINT: "投诉",
    HandoffReason.DISTRESS: "情绪危急",
    HandoffReason.RETURNED: "材料两次退回",
    HandoffReason.STAFF: "坐席主动接入",
}
MOVES = {
    "requested": "转人工",
    "urgent": "标为紧急",
    "claimed": "接入",
    "released": "放回队列",
    "transferred": "转接",
    "invited": "邀请同事",
    "left": "退出协助",
    "resolved": "结束",
    "returned": "转回机器人",
    "talks_on": "先问机器人，仍等人工",
    "reopened": "重新打开",
    "rated": "评价",
}
REQUEST_STATES = {
    RequestState.SUBMITTED: "新到",
    RequestState.ACCEPTED: "在办",
    RequestState.RETURNED: "等补正",
    RequestState.REVIEWED: "等批准",
    RequestState.GRANTED: "已批准",
    RequestState.REFUSED: "没批准",
    RequestState.PAID: "已发放",
    RequestState.CLOSED: "已办结",
    RequestState.WITHDRAWN: "已撤回",
}
REQUEST_STEPS = {
    RequestState.SUBMITTED: "提交",
    RequestState.ACCEPTED: "收下",
    RequestState.RETURNED: "退回补正",
    RequestState.REVIEWED: "审核通过",
    RequestState.GRANTED: "批准",
    RequestState.REFUSED: "不批准",
    RequestState.PAID: "发放",
    RequestState.CLOSED: "办结",
    RequestState.WITHDRAWN: "撤回",
}

WRONG_SIGN_IN = "用户名或密码不对。请检查大小写，再试一次。"
WRONG_CODE = "验证码不对，或者已经用过。请等手机上换了新的一组再输。"
ENDED = "登录已过期，请重新登录。"
NO_RIGHT = "您的角色没有这项权限。需要的话，请联系管理员。"

DEEDS = {
    "conversation.view": "查看会话",
    "value.reveal": "查看个人信息原文",
    "consent.told": "记下对方口头同意",
    "service.fill": "替对方填服务",
    "request.submit_for": "替对方提交申请",
    "request.view": "查看申请",
    "request.move": "办理申请",
    "answer.reveal": "查看申请内容原文",
    "material.view": "查看申请材料",
    "contact.block": "拉黑",
    "contact.unblock": "解除拉黑",
    "contact.merge": "合并联系人",
    "contact.unmerge": "拆开合并的联系人",
    "conversation.search": "搜索会话",
    "gig.import": "导入零工表格",
    "data.export": "导出个人信息",
    "data.erase": "删除个人信息",
    "report.submit": "填报月报",
    "report.lock": "锁定月报",
    "report.correct": "更正月报",
    "offering.create": "录入排期或地点",
    "offering.change": "修改排期或地点",
    "offering.close": "撤下排期或地点",
    "offering.open": "重新上架",
    "offering.import": "导入排期表格",
    "slot.add": "加一个时间",
    "slot.change": "改一个时间",
    "slot.cancel": "取消一个时间",
    "seat.reveal": "查看报名人",
    "seat.export": "导出报名名单",
    "seat.attendance": "记来没来",
    "seat.log": "写指导记录",
    "staff.create": "新建账号",
    "staff.change": "修改账号",
    "staff.disable": "停用账号",
    "staff.enable": "启用账号",
    "staff.reset": "重设密码",
    "canned.save": "改常用语",
    "canned.delete": "删常用语",
    "nlu.teach": "教听不懂的话",
    "nlu.dismiss": "搁置听不懂的话",
    "nlu.retrain": "让助手重新学习",
    "quality.score": "质检评分",
    "hours.office": "修改上班时间",
    "hours.close": "撤掉一个地区的班次",
    "hours.limits": "修改时限",
}
SUBJECTS = {
    "conversation": "会话",
    "contact": "联系人",
    "staff": "账号",
    "request": "申请",
    "offering": "排期和地点",
    "hours": "班次",
    "canned": "常用语",
    "nlu": "听懂",
    "search": "搜索，找到",
    "handoff": "人工服务",
    "import": "导入",
    "report": "月报",
}
