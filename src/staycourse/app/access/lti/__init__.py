"""LTI 1.3: people come from a learning platform, in the role and course that it vouches for."""

from staycourse.app.access.lti.claims import LaunchRefused
from staycourse.app.access.lti.keys import PlatformKeys, tool_keys
from staycourse.app.access.lti.launching import Admission, Launches, LoginAsked, Redirection, home_launches
from staycourse.app.access.lti.platforms import Platforms

__all__ = [
    "Admission", "LaunchRefused", "Launches", "LoginAsked", "PlatformKeys", "Platforms", "Redirection",
    "home_launches", "tool_keys",
]  # fmt: skip
