# Every target sets up what it needs first; a second call costs a fraction of a second.
# Settings of the server (FRONTAGE_PORT, FRONTAGE_DATABASE_URL, FRONTAGE_VAR, ...) are read from the environment.

.DEFAULT_GOAL := help
.PHONY: help run test bench pictures lint pin
MAKEFLAGS += --no-print-directory

# Only `make run HOST=... PORT=...` counts: shells and platforms export HOST and PORT for reasons of their own.
ifeq ($(origin HOST),command line)
export FRONTAGE_HOST := $(HOST)
endif
ifeq ($(origin PORT),command line)
export FRONTAGE_PORT := $(PORT)
endif
# make hands its command-line variables on to every child; the server takes its own settings only.
unexport HOST PORT ARGS
# Set in many containers: every process would compile all of the server again, a sixth of the time it takes to start.
unexport PYTHONDONTWRITEBYTECODE

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# exec: Ctrl-C and SIGTERM reach the server itself, which stops everything it started and leaves with 0.
run: ## 启动演示区 / set up, start with the demo district on http://127.0.0.1:8000 (PORT=; HOST=0.0.0.0 adds HTTPS for phones); Ctrl-C stops all
	@scripts/setup.sh && exec .venv/bin/frontage run

test: ## 全部测试 / set up, then every test (ARGS='-k datum -x' is passed on)
	@scripts/setup.sh --dev && exec .venv/bin/python -m pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder $(ARGS)

bench: ## 性能 / set up, then measure the claims of the documentation (ARGS= is passed on)
	@scripts/setup.sh --bench && exec .venv/bin/python -m bench $(ARGS)

pictures: ## 操作指南的截图 / take the pictures of docs/guides from a running demo (ARGS='--url ... --only officer')
	@scripts/setup.sh --dev && exec .venv/bin/python -m demo.pictures $(ARGS)

lint: ## 静态检查 / ruff, formatting, types, direction of imports
	@scripts/setup.sh --lint
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@.venv/bin/mypy
	@.venv/bin/lint-imports --no-logo

PIN := uv pip compile --quiet --generate-hashes --no-emit-index-url --custom-compile-command "make pin" \
	--python-version 3.11

pin: ## 锁定依赖 / rewrite requirements*.txt from requirements*.in (needs uv; UPGRADE=1 takes newer versions)
	@command -v uv >/dev/null || { echo "make pin 需要 uv / make pin needs uv: https://docs.astral.sh/uv/" >&2; exit 3; }
	@$(PIN) $(if $(UPGRADE),--upgrade) requirements.in -o requirements.txt
	@$(PIN) $(if $(UPGRADE),--upgrade) requirements-dev.in -o requirements-dev.txt
