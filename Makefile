# One door for developers. `make help` explains each target in a line.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

ROOT_PYTHON := .venv/bin/python
RASA_PYTHON := bot/.venv/bin/python

.PHONY: help setup run train eval bench lint test clean

help: ## Show what there is to make
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

setup: ## Set up both environments and the front-end packages
	@bash deploy/setup.sh

run: setup ## Set up, train if needed, migrate, start everything, print the addresses
	@exec .venv/bin/jct run

train: setup ## Train the assistant (only if its data changed; FORCE=1 always)
	@$(RASA_PYTHON) -m bot.train $(if $(FORCE),--force)

eval: setup ## Measure understanding and answers; fail below the committed figures
	@$(RASA_PYTHON) -m bot.evaluate $(EVAL_ARGS)
	@$(ROOT_PYTHON) -m models.knowledge.evaluate

bench: setup train ## Measure the whole chain against a stock Rasa bot, in the same run
	@$(ROOT_PYTHON) -m tests.bench $(BENCH_ARGS)

lint: setup ## Style, types and who may import whom
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@.venv/bin/mypy
	@.venv/bin/lint-imports

test: setup lint train ## Everything that must be green
	@$(RASA_PYTHON) -m pytest -q tests/bot/components -p no:cacheprovider
	@$(ROOT_PYTHON) -m pytest -q -n 2 --dist loadfile --ignore=tests/e2e
	@$(ROOT_PYTHON) -m pytest -q tests/e2e

clean: ## Forget what was set up, trained and stored (var/ included)
	rm -rf .venv bot/.venv node_modules var
