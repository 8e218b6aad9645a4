# Short forms. Each line below a target is what to type where make is missing.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin/python
UV ?= $(shell command -v uv || echo $(BIN) -m uv)

.PHONY: run test lint contract lock bench bench-mcp bench-qsys bench-miners load soak assets venv doctor baseline

run: venv          ## the whole plane on this machine; PORT, HOST, SERVER, ARGS=--no-sim
	@$(BIN) -m apps.ops.launcher.assets
	@exec $(BIN) manage.py up $(ARGS)

test: venv         ## every test; ARGS="tests/unit -x" for some
	@$(BIN) -m apps.ops.launcher.suite $(ARGS)

lint: venv         ## every gate; ARGS="ruff types" for some
	@$(BIN) -m apps.ops.launcher.gates $(ARGS)

contract: venv     ## docs/contract/ from the code
	@$(BIN) manage.py contract

bench: venv        ## the benches; ARGS=name for one
	@$(BIN) manage.py bench $(ARGS)

bench-mcp: venv    ## what the MCP face costs
	@$(BIN) manage.py bench mcp

bench-qsys: venv   ## what polling and storing Cores costs; ARGS="single storing" for some parts
	@$(BIN) -m tests.load.qsys $(ARGS)

bench-miners: venv ## what polling miners costs, beside pyasic
	@$(BIN) -m tests.load.miners

load: venv         ## a load scenario on a plane that runs; ARGS="status", firmware or mixed
	@$(BIN) -m tests.load.locust $(ARGS)

soak: venv         ## the long run; ARGS="--minutes 480"
	@$(BIN) manage.py soak $(ARGS)

doctor: venv       ## what is wrong on this machine, and how to mend it
	@$(BIN) manage.py doctor

assets: venv       ## the browser's libraries
	@$(BIN) -m apps.ops.launcher.assets $(ARGS)

lock: venv         ## requirements/*.txt from requirements/*.in
	@for name in base dev prod parties load; do \
	  $(UV) pip compile --quiet --universal --generate-hashes --no-emit-index-url \
	    --python-version 3.11 --custom-compile-command "make lock" \
	    --output-file requirements/$$name.txt requirements/$$name.in || exit 1; \
	done

baseline: venv     ## .secrets.baseline, after reading what is new in it
	@$(BIN) -m detect_secrets scan > .secrets.baseline

venv:
	@$(PYTHON) -m apps.ops.launcher.bootstrap --venv $(VENV)
