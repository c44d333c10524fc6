"""The web door: WeChat callback, web chat, mini-program API, staff console, background tasks."""
