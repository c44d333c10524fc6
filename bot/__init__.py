"""The assistant: what Rasa loads (components, domain, server) and what answers (actions)."""
