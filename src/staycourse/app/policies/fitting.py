"""Does a policy fit the home that it is for: are there the templates, scripts and channels that its steps name?"""

from __future__ import annotations

import logging

from staycourse.adapters.channels import read_channels
from staycourse.adapters.store.care import TemplateBook
from staycourse.app.homes.home import POLICY_FILE, Home, read_text
from staycourse.care.messages import default_templates
from staycourse.kernel import LANGUAGES, Wording, translator, worded
from staycourse.policy import Policy, Setup, default_policy_text, load_policy, require_templates, setup_warnings
from staycourse.signals import SIGNALS_BY_NAME

CHANNELS_FILE = "channels.toml"
_LOG = logging.getLogger(__name__)


def setup_of(home: Home) -> Setup:
    """Return what the home has for a policy to name. BadSettings if its channels.toml is wrong."""
    written: dict[str, set[str]] = {}
    for name, language in (*default_templates(), *TemplateBook(home.database).newest(home.tenant)):
        written.setdefault(name, set()).add(language)
    place = home.path / CHANNELS_FILE
    channels = read_channels(read_text(place) if place.is_file() else None, str(place))
    return Setup(written, _scripts(), {one.name: one.kind for one in channels}, LANGUAGES[0])


def load_fitting(home: Home, text: str, source: str) -> tuple[Policy, tuple[Wording, ...]]:
    """Return the policy of `text`, and what of it the home cannot do yet. BadPolicy, with line and field, if it is
    wrong, or if a step names a template that there is none of.
    """
    policy = load_policy(text, signals=SIGNALS_BY_NAME, source=source)
    setup = setup_of(home)
    require_templates(policy, setup, text, source)
    return policy, tuple(setup_warnings(policy, setup))


def take_policy_file(home: Home) -> None:
    """Take the home's policy.toml as a new version where it differs from that in force; BadPolicy if it is wrong, or
    names a template that there is none of. What is in force already is asked nothing more.
    """
    if unaccepted(home) is not None:
        for warning in load_fitting(home, *home.policy_file())[1]:
            _LOG.warning("%s: %s", POLICY_FILE, warning)
    home.accept_policy_file()


def unaccepted(home: Home) -> Wording | None:
    """Return the one line that tells of a policy.toml which says something else than what is in force; None if not."""
    place, newest = home.path / POLICY_FILE, home.store.newest_policy(home.tenant)
    version, in_force = (newest.version, newest.text) if newest else (0, default_policy_text())
    if (read_text(place) if place.is_file() else default_policy_text()) == in_force:
        return None
    if not place.is_file():
        return worded(
            "there is no policy.toml, yet version {version} is in force: the next night takes the default; keep what is"
            " in force with staycourse policy rollback {version} --note TEXT", version=version,
        )  # fmt: skip
    return worded(
        "policy.toml differs from what is in force (version {version}): accept it with staycourse policy accept {place}"
        " --note TEXT", version=version, place=place,
    )  # fmt: skip


def _scripts() -> frozenset[str]:
    """Return the scripts that somebody has written: those that say how to begin."""
    keys = (key.split(".") for key in translator(LANGUAGES[0]).messages)
    return frozenset(parts[1] for parts in keys if len(parts) == 3 and parts[0] == "script" and parts[2] == "open")
