"""The WeChat official-account door (公众号): protocol, callback and customer-service messages."""
