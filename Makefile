# Everything is run from .venv, which these targets make and keep up to date themselves.
PYTHON ?= python3
BIN := .venv/bin
ARGS ?=
NO_TESTS := 5  # status of pytest where ARGS leaves none

.PHONY: help install pywb scrapyd crawl test benchmark-floor check lock clean

help:
	@echo "make crawl URL=https://example.org/blog/ [ARGS='-s NAME=VALUE -a name=value']"
	@echo "make install | pywb | scrapyd | test | check | lock | clean"
	@echo "make benchmark-floor BENCHMARK=FOLDER"

install: .venv/installed

pywb: .venv/pywb/installed

scrapyd: .venv/scrapyd/installed

crawl: .venv/installed
	@test -n "$(URL)" || { echo 'crawl: no blog named; say make crawl URL=https://example.org/blog/' >&2; exit 2; }
	$(BIN)/scrapy crawl blog -a url="$(URL)" $(ARGS)

test: .venv/installed-test .venv/pywb/installed
	$(BIN)/pytest -n 4 --dist loadfile --no-loadscope-reorder -m "not alone" $(ARGS) || test $$? = $(NO_TESTS)
	$(BIN)/pytest -m alone $(ARGS) || test $$? = $(NO_TESTS)

# Extraction on the pages of a benchmark that is no part of this repository must not fall.
benchmark-floor: .venv/installed-test
	@test -n "$(BENCHMARK)" || { echo 'benchmark-floor: no folder named; say make benchmark-floor BENCHMARK=FOLDER' >&2; exit 2; }
	EXTRACTION_BENCHMARK="$(abspath $(BENCHMARK))" $(BIN)/pytest -s -k benchmark tests/archive/extraction/test_floor.py $(ARGS)

check: .venv/installed-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# The exact versions and their digests; the index they come from is left to pip's own configuration.
lock: .venv/installed-test
	$(BIN)/pip install --quiet uv
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-annotate --no-header \
		--extra build pyproject.toml -o requirements.lock
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-annotate --no-header \
		--extra build --extra test -c requirements.lock pyproject.toml -o requirements-test.lock
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-annotate --no-header \
		--group replay -o requirements-replay.lock
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-annotate --no-header \
		--group scrapyd -c requirements.lock pyproject.toml -o requirements-scrapyd.lock
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-annotate --no-header \
		--extra build --extra benchmark -c requirements-test.lock pyproject.toml -o requirements-benchmark.lock

clean:
	rm -rf .venv

.venv/installed: requirements.lock pyproject.toml
	$(call install_into_venv,requirements.lock)
	@touch $@

.venv/installed-test: requirements-test.lock pyproject.toml
	$(call install_into_venv,requirements-test.lock)
	@touch $@ .venv/installed

# pywb has an environment of its own: its versions exclude ours, and its brotli would replace ours.
.venv/pywb/installed: requirements-replay.lock
	@test -x .venv/pywb/bin/python || $(PYTHON) -m venv .venv/pywb
	.venv/pywb/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@

# Scrapyd runs the project from the egg that it is sent: what is installed here is all but the project.
.venv/scrapyd/installed: requirements-scrapyd.lock
	@test -x .venv/scrapyd/bin/python || $(PYTHON) -m venv .venv/scrapyd
	.venv/scrapyd/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@

define install_into_venv
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $(1)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
endef
