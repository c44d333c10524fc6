"""``python -m simulator``: start it. The account's secrets come from the environment.

`jct wechat simulate` starts it with the product's own settings.
"""

import argparse
import logging
import os
import threading
from pathlib import Path

import yaml
from werkzeug.serving import make_server

from simulator.account import Account, Mode
from simulator.app import create_app
from simulator.world import World


def main() -> None:
    """Serve until stopped."""
    asked = argparse.ArgumentParser(prog="simulator")
    asked.add_argument("--port", type=int, default=8090)
    asked.add_argument("--callback", default="http://127.0.0.1:8000/wechat")
    asked.add_argument("--mode", choices=[mode.value for mode in Mode], default=Mode.PLAIN.value)
    asked.add_argument("--menu-file", type=Path)
    asked.add_argument("--templates", type=Path, help="YAML: id, title, data of each template")
    told = asked.parse_args()
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    account = Account(
        app_id=os.environ["WECHAT_APP_ID"],
        secret=os.environ["WECHAT_APP_SECRET"],
        token=os.environ["WECHAT_TOKEN"],
        aes_key=os.environ["WECHAT_ENCODING_AES_KEY"],
        callback=told.callback,
        mode=Mode(told.mode),
    )
    world = World(account, f"http://127.0.0.1:{told.port}", menu_file=told.menu_file)
    if told.templates is not None:
        for one in yaml.safe_load(told.templates.read_text(encoding="utf-8")) or []:
            world.templates[one["id"]] = {"title": one["title"], "fields": list(one["data"])}
    server = make_server("127.0.0.1", told.port, create_app(world), threaded=True)
    serving = threading.Thread(target=server.serve_forever, daemon=True)
    serving.start()
    try:
        serving.join()
    except KeyboardInterrupt:
        server.shutdown()


main()
