"""Parts that Rasa loads by name from ``config.yml`` and ``endpoints.yml``.

They run under Python 3.10 in Rasa's own environment and import nothing of ours from outside
this package.
"""
