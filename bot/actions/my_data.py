"""A person's own data."""

from bot.actions.topic import Spoken, TopicAction, Turn
from models.intake import my_data
from models.intake.wording import bare


class MyData(TopicAction):
    """Shows what is stored of somebody, hands it out, and deletes it when they say so twice."""

    action_name = "action_my_data"
    intents = ("my_data",)
    changes = True

    def serve(self, turn: Turn) -> Spoken:
        """Show, hand out, ask whether to delete, or delete."""
        about = (turn.session, turn.catalogue, turn.contact_id)
        said = bare(turn.call.heard.text)
        if said.startswith("确认删除"):
            return turn.say(my_data.erase(*about))
        if any(word in said for word in ("删", "清除", "抹掉", "注销")):
            return turn.say(my_data.ask_to_erase(*about))
        if any(word in said for word in ("导出", "下载", "给我一份", "拷贝", "复制")):
            address = f"{turn.desk.public_url}/m/mine"
            return turn.interrupt(my_data.export(turn.session, turn.contact_id, address))
        return turn.interrupt(my_data.held(*about))
