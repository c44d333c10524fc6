"""A stand-in for WeChat: its server, its API, and a phone to talk with.

It plays the other side of everything in ``webhook/wechat``, for newcomers without an account and
for tests. It is written from WeChat's own documentation (developers.weixin.qq.com/doc/offiaccount)
and imports nothing of the product, so that a mistake of ours is not made twice. The product cannot
tell it from WeChat; it only learns its address from ``WECHAT_API_BASE_URL``.
"""
