# What contributors type. Each target is one command that works by itself.
PYTHON ?= python3
SOURCES := $(shell git ls-files 'csrc/*.c' 'csrc/*.h')
FIXTURES := $(shell git ls-files 'tests/*.c' 'tests/*.h' 'bench/*.c' 'bench/*.h')

.PHONY: build test test-arm64 test-freethreaded check format bench docs

build: ## compile the extension and install it with everything that development needs
	$(PYTHON) -m pip install '.[dev]'

test:
	$(PYTHON) -m pytest

test-arm64: ## the extension built for arm64, and tested there by an emulator
	PYTHON=$(PYTHON) tests/arm64/run.sh

test-freethreaded: ## the extension on a CPython without a GIL, which is built if there is none
	tests/freethreaded/run.sh

check: ## what a change must pass besides the tests
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m mypy
	clang-format --dry-run --Werror $(SOURCES) $(FIXTURES)
	cppcheck --quiet --error-exitcode=1 --std=c11 --enable=warning,performance,portability \
	    --inline-suppr --suppress=missingIncludeSystem --suppress=unknownMacro -Icsrc csrc

format:
	$(PYTHON) -m ruff format .
	clang-format -i $(SOURCES) $(FIXTURES)

bench:
	$(PYTHON) bench/report.py

docs:
	$(PYTHON) -m mkdocs build --strict
