"""WACZ: a collection, or a part of it, as one file that ReplayWeb.page, pywb and others replay.

The form is WACZ 1.1.1 (https://specs.webrecorder.net/wacz/1.1.1/), signed as wacz-auth 0.1.0 says.
"""
