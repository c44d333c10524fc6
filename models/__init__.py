"""The domain: what 就创通 knows and remembers, independent of any door.

Both doors stand on it: ``webhook`` (HTTP and WeChat) and ``bot.actions`` (Rasa).
It imports neither of them, and no web, queue or Rasa framework (checked by import-linter).
"""
