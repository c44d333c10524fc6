"""What the road itself says: where no assistant is asked, or none answers."""

from models.reply import Choice, Reply

REGISTER = Choice("登记打零工", "/start_gig_registration")
SEARCH = Choice("看附近的零工", "/start_gig_search")
PERSON = Choice("找人工", "/human")
HELP = Choice("我能问什么", "/help")

WELCOME = Reply(
    "您好，我是就创通。创业、打零工、补贴贷款的政策，可以直接问我，我按文件原文回答。\n"
    "比如：打零工去哪里登记？",
    (REGISTER, HELP, PERSON),
)

FILE_BY_LINK = "点开看（{days} 天内有效，请您自己先点开，别转给别人）：{address}"

IN_MINIPROGRAM = "「{service}」也可以在小程序里办。"

WELCOME_SCANNED = "您好，我是就创通，政策和办事都可以问我。\n\n"
KEPT_FOR_FORM = {
    "image": "图片收到了，记作「{service}」的「{material}」。\n\n",
    "file": "文件收到了，记作「{service}」的「{material}」。\n\n",
}
KEPT_FOR_REQUEST = "收到第 {count} 张，记作「{service}」（{number}）的「{material}」。"
CHANGE_PAPERS = "一次一张接着发。传错了，在「我的申请」里能换。"
ALL_PAPERS_HERE = "材料齐了，等着看结果就行。"
RESUBMITTED = "「{service}」（{number}）要的材料收到了，已经重新提交，等着看结果就行。"
SHOWN_TO_STAFF = "收到了，工作人员能看到。这里的图片不算交材料。"
NO_PICTURES_HERE = "办「{service}」不用再交图片，这张没有保存。\n\n"
CONSENT_FIRST = "您同意之后才能收材料，这张图片没有保存。\n\n"
PICTURE_TOO_BIG = "您刚才发的图片太大，没收下。请拍小一点，或者压缩后再发。"
PICTURE_GONE = "您刚才发的图片没能保存下来，请再发一次。"
NOT_OUR_CODE = Reply(
    "码扫到了，但不是本公众号的码，我打不开。想问什么，直接打字就行。", (HELP, PERSON)
)
NEAR = Reply(
    "您在{place}一带。\n{near}想在这附近打零工，可以现在登记，登记时也认这个位置。",
    (REGISTER, SEARCH, PERSON),
)
FAR = Reply(
    "这个位置不在辽宁。这里办的是辽宁的事，请打字说城市和区县，比如「沈阳铁西」。", (PERSON,)
)
TOO_FAST = (
    "您发得有点快，我跟不上了。刚才这句没收下，请过一分钟再发。着急的话，可以打人社热线 12333。"
)
TOO_BUSY = "现在问的人太多，您这句话没收下，请过一两分钟再发。着急的话，可以打人社热线 12333。"

UNSUPPORTED = {
    "image": "图片收到了，我现在还看不懂图片。请把想问的打成字发给我。",
    "voice": "这段语音我没能听清。请再说一遍，或者打字发给我。",
    "video": "视频收到了，我现在还看不懂视频。请把想问的打成字发给我。",
    "shortvideo": "视频收到了，我现在还看不懂视频。请把想问的打成字发给我。",
    "location": "位置收到了，但没看出是哪儿。请直接打字，比如：沈阳铁西。",
    "file": "文件收到了，我现在还打不开文件。请把想问的打成字发给我。",
    "link": "链接收到了，我现在还打不开链接。请把想问的打成字发给我。",
}
UNKNOWN_KIND = "这种消息我还看不懂。请把想问的打成字发给我。"

APOLOGY = Reply(
    "不好意思，我刚才没反应过来。您的话已经记下了，请过一会儿再发一次。"
    "着急的话，可以打人社热线 12333。",
    (PERSON,),
)
NOT_STORED = (
    "不好意思，系统这会儿太忙，您这句话没收到。请过几分钟再发一次。着急的话，可以打人社热线 12333。"
)
APOLOGY_IN_FORM = Reply(
    "不好意思，我刚才没反应过来。您前面填的都还在，请把刚才那句再发一次。", (PERSON,)
)
ONLY_SEARCH = "（我现在只能查文件，登记等事情请过一会儿再办。）"
MORE_IS_WAITING = "（还有没显示完的内容，回复「继续」接着看。）"
ASK_FOR_MORE = "继续"
