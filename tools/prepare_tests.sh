#!/bin/sh
# What the tests need beside Python: Chromium for the console's pages, and fonts that hold Chinese.
set -eu
if [ -x /usr/bin/chromium ] && fc-list 2>/dev/null | grep -qi 'cjk'; then
    exit 0
fi
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "installing Chromium and fonts for the browser tests ..."
    apt-get update -qq >/dev/null
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium fonts-noto-cjk fontconfig >/dev/null
else
    echo "Chromium or a Chinese font is missing and cannot be installed by this user:" \
        "install the packages chromium and fonts-noto-cjk; the browser tests are skipped until then" >&2
fi
