#!/bin/sh
# What the tests need beside Python: Chromium for the console's pages, fonts that hold Chinese, the server programs of
# PostgreSQL and NATS, and Java for Spark. The tests start private servers of their own; none is started or left running
# here.
set -eu
chromium_is_here() { [ -x /usr/bin/chromium ] && fc-list 2>/dev/null | grep -qi 'cjk'; }
postgresql_is_here() { command -v initdb >/dev/null || ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1; }
nats_is_here() { command -v nats-server >/dev/null || [ -x /usr/sbin/nats-server ]; }
java_is_here() { command -v java >/dev/null; }

wanted=
chromium_is_here || wanted="chromium fonts-noto-cjk fontconfig"
postgresql_is_here || wanted="$wanted postgresql"
nats_is_here || wanted="$wanted nats-server"
java_is_here || wanted="$wanted openjdk-17-jre-headless"
[ -n "$wanted" ] || exit 0

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "installing for the tests:" $wanted "..."
    if ! postgresql_is_here && [ ! -d /etc/postgresql-common ]; then
        # Debian makes a cluster and starts it with the package unless it is told before.
        mkdir -p /etc/postgresql-common/createcluster.d
        echo "create_main_cluster = false" >/etc/postgresql-common/createcluster.d/no-main-cluster.conf
    fi
    if [ ! -e /usr/sbin/policy-rc.d ]; then # asked before any service is started (Debian: invoke-rc.d)
        trap 'rm -f /usr/sbin/policy-rc.d' EXIT
        printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d
        chmod +x /usr/sbin/policy-rc.d
    fi
    apt-get update -qq >/dev/null
    # shellcheck disable=SC2086 # a list of packages
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq $wanted >/dev/null
else
    echo "missing, and this user cannot install it:" $wanted \
        "- install these packages; the tests of browser, PostgreSQL, NATS and Spark are skipped until then" >&2
fi
