"""xAPI over HTTP: one learning record store a home, versions 1.0.3 and 2.0.0 by what each request asks for."""

from staycourse.web.api.xapi.door import PATHS, XapiDoor

__all__ = ["PATHS", "XapiDoor"]
