#!/usr/bin/env bash
# Puts in place what this checkout needs, and says what and why before it does. Nothing to do: a fraction of a second.
#
#   scripts/setup.sh           what `make run` needs: PostgreSQL 15 with PostGIS, Chinese fonts, Python 3.11, .venv,
#                              .venv/bin/frontage, the web pages
#   scripts/setup.sh --lint    Python and .venv with the tools of requirements-dev.txt; no database, no fonts
#   scripts/setup.sh --dev     both, and a browser for the tests
#   scripts/setup.sh --bench   both, and the load generator wrk
#
# Leaves with 3 when something is missing that it may not install (neither root nor sudo). With FRONTAGE_DATABASE_URL
# set, that server is used and no PostgreSQL is installed here. Nothing that was on the machine before is removed.
set -euo pipefail
shopt -s inherit_errexit
cd "$(dirname "${BASH_SOURCE[0]}")/.."

CHECKOUT=$PWD
POSTGIS_CONTROL=/usr/share/postgresql/15/extension/postgis.control
CLUSTER_CONF=/etc/postgresql-common/createcluster.d/frontage.conf
CJK_FONT=/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc

packages=()
reasons=()
python=

say() { printf '%s\n' "$*" >&2; }

want() { # package, reason
    packages+=("$1")
    reasons+=("$(printf '  %-26s %s' "$1" "$2")")
}

# The first Python that is new enough and can make a virtual environment; a newer one outside Debian is welcome.
find_python() {
    local candidate
    for candidate in python3.11 python3 /usr/bin/python3 python3.13 python3.12; do
        if command -v "$candidate" >/dev/null &&
            "$candidate" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            python=$candidate
            return
        fi
    done
    return 1
}

venv_is_current() { # a file of pinned requirements
    [ -x .venv/bin/python ] && [ "$(cat ".venv/stamp-$1" 2>/dev/null)" = "$(stamp_of "$1")" ]
}

# The path is part of it because a virtual environment holds absolute paths and does not survive being moved.
stamp_of() {
    sha256sum <"$1" | tr -d ' -'
    printf '%s\n' "$CHECKOUT"
}

list_missing_packages() {
    if [ "$with_database" = yes ] && [ ! -e "$POSTGIS_CONTROL" ] && [ -z "${FRONTAGE_DATABASE_URL:-}" ]; then
        want postgresql-15-postgis-3 "数据库 / the database with its spatial functions (brings PostgreSQL 15)"
    fi
    if [ "$with_database" = yes ] && [ ! -e "$CJK_FONT" ]; then
        want fonts-noto-cjk "中文字体 / Chinese letters of printed case files, stamped photos and tested pages"
    fi
    if ! venv_is_current requirements.txt && ! find_python; then
        want python3 "运行环境 / Python 3.11 or newer runs the server"
        want python3-venv "运行环境 / keeps its libraries inside this checkout (.venv)"
    fi
    if [ "$with_browser" = yes ]; then
        command -v chromium >/dev/null || want chromium "浏览器测试 / the browser tests run in it"
    fi
    if [ "$with_load" = yes ] && ! command -v wrk >/dev/null; then
        want wrk "性能测试 / sends the load of make bench"
    fi
}

refuse_without_rights() {
    local command="apt-get install --no-install-recommends ${packages[*]}"
    say "需要管理员权限安装以上软件包,当前用户既不是 root 也没有可用的 sudo。"
    say "These packages need an administrator: this user is neither root nor may use sudo. Ask for"
    say "  $command"
    if [[ " ${packages[*]} " == *" postgresql-15-postgis-3 "* ]]; then
        say "或者使用已有的 PostGIS 服务器 / or use a PostGIS server you already have:"
        say "  export FRONTAGE_DATABASE_URL=postgresql://user:password@host/database"
    fi
    exit 3
}

install_packages() {
    [ ${#packages[@]} -gt 0 ] || return 0
    say "将用 apt 安装 / to be installed with apt:"
    printf '%s\n' "${reasons[@]}" >&2
    local as_root=()
    if [ "$(id -u)" != 0 ]; then
        # Without a terminal sudo cannot ask for a password and fails here instead of half-way.
        command -v sudo >/dev/null || refuse_without_rights
        sudo -n true 2>/dev/null || sudo -v || refuse_without_rights
        as_root=(sudo)
    fi
    command -v apt-get >/dev/null || refuse_without_rights
    if [[ " ${packages[*]} " == *" postgresql-15-postgis-3 "* ]]; then
        keep_debian_from_making_a_cluster
    fi
    local log
    log=$(mktemp)
    apt() { # without the lock (9): a service that a package starts would hold it for ever
        "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300 "$@" \
            >"$log" 2>&1 9>&- ||
            { cat "$log" >&2; rm -f "$log"; say "apt-get $* 失败 / failed (see above)"; exit 1; }
    }
    apt update
    apt install -y --no-install-recommends "${packages[@]}"
    rm -f "$log"
}

# Debian would start a cluster `main` on port 5432 that nobody asked for. This file stays: it says what it is for, and
# a later upgrade of the packages must not create the cluster either. Clusters that exist are left as they are.
keep_debian_from_making_a_cluster() {
    say "  写入 / writes $CLUSTER_CONF: 不创建默认数据库集簇 / no default cluster is created"
    "${as_root[@]}" mkdir -p "${CLUSTER_CONF%/*}"
    printf '%s\n' \
        "# Written by Frontage's set-up: it runs a private cluster of its own, so installing PostgreSQL need not" \
        "# create and start the cluster 'main'. Delete this file to get Debian's default back." \
        "create_main_cluster = false" | "${as_root[@]}" tee "$CLUSTER_CONF" >/dev/null
}

make_venv() {
    if [ -e .venv/stamp-requirements.txt ] && [ "$(tail -n 1 .venv/stamp-requirements.txt)" != "$CHECKOUT" ]; then
        say "代码目录已移动,重建 .venv / this checkout was moved: making .venv anew"
        rm -rf .venv
    fi
    [ -x .venv/bin/python ] && .venv/bin/python -m pip --version >/dev/null 2>&1 && return
    find_python || { say "找不到可用的 Python 3.11 / no usable Python 3.11 after the installation"; exit 1; }
    say "创建 .venv / making .venv with $($python --version): Python 库只装在本目录 / libraries stay in this folder"
    "$python" -m venv --clear .venv
}

install_requirements() { # a file of pinned requirements, what for
    venv_is_current "$1" && return
    say "安装 $1 / installing $1: $2"
    .venv/bin/python -m pip install --quiet --quiet --disable-pip-version-check --no-input --require-hashes \
        --only-binary :all: -r "$1"
    stamp_of "$1" >".venv/stamp-$1"
}

# The checkout itself becomes importable by a relative line in a .pth file, and `frontage` is four lines of shell: no
# build tool, no network, no path that could be too long for a #! line.
install_command() {
    if [ -x .venv/bin/frontage ] && [ .venv/bin/frontage -nt scripts/setup.sh ]; then return; fi
    local site
    site=$(echo .venv/lib/python3.*/site-packages)
    printf '../../../..\n' >"$site/frontage.pth"
    cat >.venv/bin/frontage.new <<'LAUNCHER'
#!/bin/sh
# Runs the command line of the checkout this environment belongs to. Written by scripts/setup.sh.
bin=$(dirname "$(readlink -f "$0")")
exec "$bin/python" -P -c 'import sys; sys.argv[0] = "frontage"; from server.cli import main; sys.exit(main())' "$@"
LAUNCHER
    chmod +x .venv/bin/frontage.new
    mv .venv/bin/frontage.new .venv/bin/frontage
}

with_database=yes with_tools=no with_browser=no with_load=no with_pages=yes
case "${1:-}" in
    "") ;;
    --lint) with_database=no with_tools=yes with_pages=no ;;
    --dev) with_tools=yes with_browser=yes ;;
    --bench) with_tools=yes with_load=yes with_browser=yes ;;
    *) say "用法 / usage: scripts/setup.sh [--lint|--dev|--bench]"; exit 2 ;;
esac

# Two make commands at once wait for each other here; the lock is on this very file and leaves nothing behind.
exec 9<scripts/setup.sh
flock 9
list_missing_packages
install_packages
if ! venv_is_current requirements.txt; then make_venv; fi
install_requirements requirements.txt "服务器所用的库 / the libraries the server runs on"
if [ "$with_tools" = yes ]; then
    install_requirements requirements-dev.txt "测试与检查工具 / what tests and checks need"
fi
install_command
if [ "$with_pages" = yes ]; then
    scripts/build-web.sh
fi
