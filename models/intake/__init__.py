"""Taking in a request by talk: recognising answers, leading through a form, deciding a turn."""
