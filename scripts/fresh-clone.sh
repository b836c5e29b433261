#!/usr/bin/env bash
# Tries HEAD as a stranger would: clones it into an empty folder and runs a command there (default: .ci/run).
#
#   scripts/fresh-clone.sh                  everything a change has to pass
#   scripts/fresh-clone.sh make run         any command; Ctrl-C ends it
#
# The clone is removed when the command succeeds and leaves no process behind; otherwise it stays to be looked at.
set -euo pipefail

checkout=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
[ $# -gt 0 ] || set -- .ci/run

folder=$(mktemp -d "${TMPDIR:-/tmp}/frontage-clone-XXXXXX")
chmod 0755 "$folder" # mktemp makes 0700, where the OS user `postgres` could not reach var/
clone=$folder/frontage
git -c safe.directory='*' clone --quiet --no-hardlinks "$checkout" "$clone"
# git tells its hooks where the repository is; a clone made from a hook must not work on that one.
unset FRONTAGE_VAR "${!GIT_@}"
cd "$clone"
printf '%s: %s @ %s\n' "$clone" "$*" "$(git rev-parse --short HEAD)" >&2
if [ -n "$(git -c safe.directory='*' -C "$checkout" status --porcelain)" ]; then
    echo "注意:未提交的改动不在其中 / note: changes that are not committed are not in it" >&2
fi

# Processes that work in the clone: a server or a database that should have been stopped.
left_behind() {
    local process
    for process in /proc/[0-9]*; do
        case "$(readlink "$process/cwd" 2>/dev/null)" in
            "$clone"/*) printf '%s %s\n' "${process#/proc/}" "$(tr '\0' ' ' <"$process/cmdline")" ;;
        esac
    done
}

started_s=$SECONDS
trap : INT # Ctrl-C is for the command; what it leaves behind is still looked at
code=0
"$@" || code=$?
took_s=$((SECONDS - started_s))

cd /
if [ "$code" != 0 ]; then
    echo "失败 / failed with $code after $took_s s; kept: $clone" >&2
    exit "$code"
fi
remains=$(left_behind)
if [ -n "$remains" ]; then
    printf '遗留进程 / processes left behind after %s s; kept: %s\n%s\n' "$took_s" "$clone" "$remains" >&2
    exit 1
fi
rm -rf "$folder"
echo "通过 / passed in $took_s s; clone removed" >&2
