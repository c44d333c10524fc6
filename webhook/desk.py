"""Desk: what staff, and the service itself, say to a person without being asked by a message.

Lines of staff wait two seconds, so that some written one after another leave as one message. What
WeChat does not let through is held with its reason (`models.push_window`), and goes out when the
person next writes.
"""

from collections.abc import Callable, Mapping
from datetime import timedelta
from operator import itemgetter

from sqlalchemy.orm import Session

from models import attachment, handoff, notification, queues, reception, service_level
from models import delivery as deliveries
from models.attachment_link import LASTS_DAYS, Leads, link_to
from models.change import ChangeKind, note_change
from models.conversation import Conversation, lock_conversation, open_conversation
from models.database import Database, utc_now
from models.delivery import DeliveryState, Piece
from models.handoff import Handoff, HandoffError
from models.materials.upload import Upload
from models.message import NOTICE, Author, Message, record_said
from models.office_hours import Calendar
from models.push_window import CLOSED, FOR_STAFF, PushWindow, held_already, window_of
from models.reply import Reply
from models.rounds import each
from models.staff import Staff
from webhook.channel import Channel
from webhook.wechat.notices import Notices
from webhook.wording import FILE_BY_LINK

# WeChat counts messages, not lines.
_TOGETHER = timedelta(seconds=2)


class Desk:
    """Sends what is said through the door the person came by.

    Args:
        database: where everything is kept.
        channels: the doors by name.
        calendar: when staff are there.
        push: called when pieces are left to be pushed.
        notices: makes pieces that may leave while WeChat's window is closed.
    """

    def __init__(
        self,
        database: Database,
        channels: Mapping[str, Channel],
        calendar: Calendar,
        push: Callable[[], None],
        notices: Notices,
    ) -> None:
        self._database = database
        self._channels = channels
        self._calendar = calendar
        self._push = push
        self._notices = notices

    def say(self, conversation_id: int, staff_id: int, text: str) -> int:
        """Store a message of staff and put it on its way; return its id.

        Raises:
            HandoffError: this person neither has the conversation nor was invited.
        """
        with self._database.unit_of_work() as work:
            conversation = lock_conversation(work, conversation_id)
            message = record_said(work, conversation, Reply(text), Author.STAFF, staff_id=staff_id)
            self._answer(work, conversation, staff_id, message)
            message_id = message.id
        self._push()
        return message_id

    def show(self, conversation_id: int, staff_id: int, key: str, upload: Upload, name: str) -> int:
        """Send a picture or PDF that the store keeps under `key`; return the message's id.

        Raises:
            HandoffError: this person neither has the conversation nor was invited.
        """
        with self._database.unit_of_work() as work:
            conversation = lock_conversation(work, conversation_id)
            sent = attachment.attach(work, conversation_id, staff_id, key, upload, name)
            message = record_said(
                work,
                conversation,
                Reply(f"［{'图片' if sent.message_kind == 'image' else '文件'}］{sent.title}"),
                Author.STAFF,
                staff_id=staff_id,
                kind=sent.message_kind,
                details=sent.details,
            )
            self._answer(work, conversation, staff_id, message)
            message_id = message.id
        self._push()
        return message_id

    def retry(self, conversation_id: int, staff_id: int, message_id: int) -> None:
        """Send a message of staff that failed once more.

        Raises:
            HandoffError: there is nothing to send again, or it is not this person's to send.
        """
        with self._database.unit_of_work() as work:
            lock_conversation(work, conversation_id)
            message = work.get(Message, message_id)
            if not handoff.may_write(work, conversation_id, staff_id):
                raise HandoffError("请先接待这个会话，再重发。")
            if message is None or message.conversation_id != conversation_id:
                raise HandoffError("没有这条消息。")
            states = {piece.state for piece in deliveries.deliveries_of(work, message_id)}
            if not states & {DeliveryState.FAILED, DeliveryState.UNKNOWN}:
                raise HandoffError("这条消息不用重发。")
            deliveries.try_again(work, message_id)
            note_change(work, conversation_id, ChangeKind.DELIVERY, message_id=message_id)
        self._push()

    def resolve(self, conversation_id: int, staff_id: int) -> None:
        """End a case; the assistant answers again, and the person is asked how it was.

        Raises:
            HandoffError: it is not with staff, or not this person's.
        """
        with self._database.unit_of_work() as work:
            handoff.resolve(work, conversation_id, work.get_one(Staff, staff_id))
            conversation = lock_conversation(work, conversation_id)
            self._tell(work, conversation, reception.rating_question())
        self._push()

    def remind_waiting(self) -> int:
        """Tell those nobody has come to in time that it takes longer; return how many.

        Those whose colleague is gone wait again from here on.
        """
        self.put_right()
        with self._database.reading() as reading:
            overdue = service_level.overdue_conversations(reading, self._calendar)
        told = each(overdue, self._remind, "desk.not_reminded")
        if told:
            self._push()
        return told

    def say_notices(self) -> int:
        """Say what was noted for people (`models.notification`); return how many notices.

        Each is said in a unit of work of its own: one person's lock keeps no other waiting. Nor
        does one that cannot be said; it is tried again the next time.
        """
        said = last = 0
        while True:
            with self._database.reading() as reading:
                waiting = notification.unsaid(reading, behind=last)
            if not waiting:
                return said
            said += each(waiting, self._say_notice, "desk.notice_not_said", itemgetter(0))
            last, _ = waiting[-1]

    def assign_waiting(self) -> int:
        """Give waiting cases to staff on duty who have room; return how many found somebody."""
        with self._database.reading() as reading:
            found = queues.matches(reading)
        return each(found, self._assign, "desk.not_assigned", lambda match: match[0].id)

    def put_right(self) -> None:
        """Let go of the cases that cannot go on as they are: their colleague is gone, say."""
        with self._database.reading() as reading:
            astray = queues.astray(reading)
        each(astray, self._put_right, "desk.left_astray")

    def _remind(self, conversation_id: int) -> bool:
        with self._database.unit_of_work() as work:
            conversation = lock_conversation(work, conversation_id)
            case = service_level.remind(work, self._calendar, conversation)
            if case is not None:
                self._tell(work, conversation, reception.reminder(work, self._calendar, case))
            return case is not None

    def _assign(self, match: tuple[Handoff, Staff]) -> bool:
        case, staff = match
        with self._database.unit_of_work() as work:
            chosen = work.get_one(Staff, staff.id)
            return queues.assign(work, case.conversation_id, case.id, chosen)

    def _put_right(self, conversation_id: int) -> bool:
        with self._database.unit_of_work() as work:
            queues.put_right(work, conversation_id)
            return True

    def _say_notice(self, waiting: tuple[int, int]) -> bool:
        """Say one notice; False where another process has, or it was erased meanwhile."""
        notification_id, contact_id = waiting
        with self._database.unit_of_work() as work:
            conversation = open_conversation(work, contact_id)
            message = notification.say(work, conversation, notification_id)
            if message is None:
                return False
            if conversation.state.is_with_staff:
                note_change(work, conversation.id, ChangeKind.MESSAGE, message_id=message.id)
            self._send(work, conversation, message)
            return True

    def _answer(
        self, work: Session, conversation: Conversation, staff_id: int, message: Message
    ) -> None:
        """Count a message as somebody's answer, and put it on its way."""
        staff = work.get_one(Staff, staff_id)
        handoff.note_staff_message(work, conversation.id, staff, message.id)
        self._send(work, conversation, message)

    def _tell(self, work: Session, conversation: Conversation, reply: Reply) -> None:
        """Say something in the service's own name."""
        message = record_said(work, conversation, reply, Author.SYSTEM)
        note_change(work, conversation.id, ChangeKind.MESSAGE, message_id=message.id)
        self._send(work, conversation, message)

    def _send(self, work: Session, conversation: Conversation, message: Message) -> None:
        channel = self._channels[conversation.contact.channel]
        pieces = _pieces(channel, message)
        if not channel.pushes:
            deliveries.plan(work, message, pieces, utc_now(), can_push=False)
            return
        window = window_of(work, conversation, pushes=True)
        due_at = utc_now() + _TOGETHER
        if message.kind != "image" and deliveries.wait_for_more(work, message, due_at):
            why = None  # it leaves in a message that is counted already
        else:
            why = _held_because(window, conversation, message) or held_already(
                work, conversation.id
            )
            permitted = self._notices.permitted(work, message) if why is not None else None
            if permitted is not None:
                deliveries.plan(work, message, [permitted], utc_now(), can_push=True)
                return
        for piece in deliveries.plan(work, message, pieces, due_at, can_push=why is None):
            piece.error = why
        if window.held_because == CLOSED:
            nudge = self._notices.nudge(work, message)
            if nudge is not None:
                part = len(pieces) + 1
                deliveries.plan(work, message, [nudge], utc_now(), can_push=True, first_part=part)


def _as_said(message: Message) -> Reply:
    """Return the words with their choices; those of a notice by name, for they have no numbers."""
    if message.kind != NOTICE or not message.choices:
        return message.reply
    named = "".join(f"「{choice.title}」" for choice in message.reply.choices)
    return Reply(f"{message.text}\n可以直接回复：{named}")


def _held_because(window: PushWindow, conversation: Conversation, message: Message) -> str | None:
    """Return why WeChat's window does not let a message out now; None when it may go.

    While staff have the word, or are awaited, notices leave most of the window to them.
    """
    if message.kind == NOTICE and conversation.state.is_with_staff:
        is_spent = window.remaining is not None and window.remaining <= window.for_staff
        return window.held_because or (FOR_STAFF if is_spent else None)
    return window.held_because


def _pieces(channel: Channel, message: Message) -> list[Piece]:
    """Return what a message looks like at a door that pushes it or shows it.

    A picture is uploaded to WeChat first, which takes no other file: of that goes a link.
    """
    if message.kind == "image" and message.details:
        picture = {"attachment": message.details["attachment"]}
        return [Piece(message.text, {"msgtype": "image", "image": picture})]
    if message.kind == "file" and message.details and channel.pushes:
        page = f"/m/files/{link_to(message.details['attachment'], Leads.TO_PAGE)}"
        told = FILE_BY_LINK.format(days=LASTS_DAYS, address=channel.address(page))
        return channel.pieces(Reply(f"{message.text}\n{told}"))
    return channel.pieces(_as_said(message))
