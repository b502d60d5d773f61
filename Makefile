# Works with GNU make 3.81 (macOS). Each target makes .venv, or mends it, when that is needed.
SHELL = /bin/sh
PORT = 8000
SIMULATOR_PORT = 8900
FRESH =
ARGS =

# A .venv that was moved here, or whose Python is gone, is made anew.
ifneq ($(shell [ "$$(cat .venv/.made-in 2>/dev/null)" = "$$(pwd -P)" ] && [ ! -e .venv/.unfinished ] && .venv/bin/python -S -c "" 2>/dev/null && echo usable),usable)
MADE_ANEW = made-anew
endif

.PHONY: help demo test test-all lint packages examples docs bench clean made-anew
.NOTPARALLEL:

help:
	@echo 'make demo        start the sample host with a simulator of Xero; Ctrl-C ends both'
	@echo '                 options: PORT=$(PORT) SIMULATOR_PORT=$(SIMULATOR_PORT) FRESH=1 (start over) ARGS=--no-browser'
	@echo 'make test        run all tests; options: ARGS="-k name"'
	@echo 'make test-all    run all tests with every sweep as a whole, and check that tests notice faults; about half an hour'
	@echo 'make lint        check style, types, imports between rooms, and the built wheel'
	@echo 'make packages    install the wheel into empty environments of every Python here, and test with the oldest dependencies'
	@echo 'make examples    test the desktop host of the examples in an environment of its own, with Qt and the built wheel'
	@echo 'make docs        build the documentation as a site, build/site/index.html; broken links are errors'
	@echo 'make bench       time a list of 10,000, and race 32 callers in 8 processes for a token; some minutes'
	@echo 'make clean       remove .venv and everything built; the data of the demo stays in .demo/'

# exec: Ctrl-C reaches the program itself, and no shell in between.
demo: .venv/.for-demo
	@exec .venv/bin/sample-host --demo --port $(PORT) --simulator-port $(SIMULATOR_PORT) $(if $(FRESH),--fresh) $(ARGS)

test: .venv/.for-test
	@.venv/bin/python -m tests.outside_programs
	@.venv/bin/python -m pytest -n auto --dist loadscope --no-loadscope-reorder $(ARGS)
	@.venv/bin/python -m tests.house.core_check coverage

test-all: .venv/.for-mutation
	@.venv/bin/python -m tests.outside_programs
	@.venv/bin/python -m pytest -n auto --dist loadscope --no-loadscope-reorder --whole -m "not own_machine" $(ARGS)
	@.venv/bin/python -m pytest --whole -m own_machine $(ARGS)
	@.venv/bin/python -m tests.house.core_check coverage
	@.venv/bin/python -m tests.house.core_check mutation

lint: .venv/.for-test .venv/.for-lint
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@.venv/bin/mypy
	@.venv/bin/lint-imports --no-logo
	@.venv/bin/python -m tests.house.wheel_check

packages: .venv/.for-packages
	@.venv/bin/python -m tests.house.installed_packages

examples: .venv/.for-packages
	@.venv/bin/python -m tests.house.desktop_example

# Not --quiet, which hides warnings from --strict too. The variable silences a note of the theme's makers.
docs: .venv/.for-docs
	@NO_MKDOCS_2_WARNING=1 .venv/bin/python -m mkdocs build --strict
	@echo 'The site is at build/site/index.html.'

bench: .venv/.for-bench
	@.venv/bin/python -m tests.outside_programs
	@.venv/bin/python -m benchmarks $(ARGS)

clean:
	rm -rf .venv build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis mutants .mutmut.log test-results .coverage*
	find hostspec xero_connections_plugin sample_host tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/.for-demo: pyproject.toml $(MADE_ANEW)
	@sh .ci/venv.sh demo
.venv/.for-test: pyproject.toml $(MADE_ANEW)
	@sh .ci/venv.sh test
.venv/.for-mutation: pyproject.toml $(MADE_ANEW)
	@sh .ci/venv.sh mutation
.venv/.for-bench: pyproject.toml $(MADE_ANEW)
	@sh .ci/venv.sh bench
.venv/.for-lint: pyproject.toml $(MADE_ANEW)
	@sh .ci/venv.sh lint
.venv/.for-packages: pyproject.toml $(MADE_ANEW)
	@sh .ci/venv.sh packages
.venv/.for-docs: pyproject.toml $(MADE_ANEW)
	@sh .ci/venv.sh docs
