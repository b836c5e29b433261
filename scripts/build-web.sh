#!/usr/bin/env bash
# Builds the pages of web/ into web/dist, with types made from the API's own document. Nothing changed: does nothing.
set -euo pipefail
shopt -s inherit_errexit
cd "$(dirname "${BASH_SOURCE[0]}")/.."

NODE_LEAST=20.19
say() { printf '%s\n' "$*" >&2; }

new_enough() { # a node
    command -v "$1" >/dev/null || return 1
    [ "$(printf '%s\n' "$NODE_LEAST" "$("$1" --version | tr -d v)" | sort -V | head -n 1)" = "$NODE_LEAST" ]
}

# Debian 12 has Node 18, which the bundler refuses; PyPI has a newer one that stays inside .venv.
find_node() {
    if new_enough node; then return; fi
    if ! new_enough .venv/bin/node; then
        say "安装 Node / installing Node into .venv: it builds the web pages"
        .venv/bin/python -m pip install --quiet --quiet --disable-pip-version-check --no-input --require-hashes \
            --only-binary :all: -r web/requirements-node.txt
    fi
    PATH=$PWD/.venv/bin:$PATH
}

# The pages, and the code that the API's document is made from.
sources() {
    find web server settings config.py scripts/pack_web.py \( -name node_modules -o -name dist -o -name __pycache__ -o -name schema.d.ts \) \
        -prune -o -type f -print | LC_ALL=C sort
}

# Two builds at once wait for each other; the lock is on this very file and leaves nothing behind.
exec 8<scripts/build-web.sh
flock 8

stamp=$(sources | xargs sha256sum | sha256sum | cut -d ' ' -f 1)
[ "$(cat web/dist/.stamp 2>/dev/null)" = "$stamp" ] && exit 0

find_node
say "构建网页 / building the web pages (web/dist)"
build() {
    mkdir -p var
    .venv/bin/python -m server.reference --openapi var/openapi.json
    cd web
    local locked
    locked=$(sha256sum <package-lock.json)
    if [ "$(cat node_modules/.stamp 2>/dev/null)" != "$locked" ]; then
        npm ci --no-audit --no-fund
        printf '%s\n' "$locked" >node_modules/.stamp
    fi
    npm run build
    ../.venv/bin/python ../scripts/pack_web.py
}

log=$(mktemp)
# In a shell of its own, not as a condition: there the first command that fails ends it.
set +e
(set -e; build) >"$log" 2>&1
built=$?
set -e
if [ "$built" != 0 ]; then
    cat "$log" >&2
    rm -f "$log"
    say "构建失败 / the build failed (see above)"
    exit 1
fi
rm -f "$log"
printf '%s\n' "$stamp" >web/dist/.stamp
