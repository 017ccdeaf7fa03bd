# `make` lists the targets, each of one line. GNU make 3.81 is enough, so macOS's own works. KENTONGAN_LANG=en speaks English.
BIN := .venv/bin
DATA := ../shared/data
MAKEFLAGS += --no-print-directory

help: ## this list
	@awk -F ':[^#]*## ' '/^[a-z-]+:.*## / { printf "  make %-21s %s\n", $$1, $$2 }' Makefile
install: ## set up .venv (needs only Python >= 3.11); quick when nothing changed
	@sh tools/install.sh
run: install ## the main job through real Airflow: the bundled stream, and the sources that need no key
	@$(BIN)/kentongan run --demo
up: install ## keep it running as a service (Airflow), until Ctrl-C
	@$(BIN)/kentongan up
doctor: install ## is this machine ready? what is missing, and the next step
	@$(BIN)/kentongan doctor
test: install ## everything that this machine can run, in at most ten minutes
	@$(BIN)/pytest --numprocesses=2 --dist=loadscope --session-timeout=590
test-workers: install ## two workers for a simulated day, two Airflow schedulers, some of them killed: nothing lost or doubled; 15 minutes
	@$(BIN)/pytest tests/pipeline/day_of_workers.py tests/dags/two_schedulers.py -s
test-containers: install ## build the image and run both stacks for real in Docker; starts an engine if none answers (root), stops it again
	@sh tests/containers/run.sh
test-containers-scale: install ## the same for the large stack: Celery workers, three Elasticsearch nodes (10 GB of memory, at most 45 minutes)
	@sh tests/containers/run.sh scale
check: install ## format, lint, types, import rules, YAML
	@$(BIN)/ruff format --check . && $(BIN)/ruff check . && $(BIN)/mypy && $(BIN)/lint-imports && $(BIN)/yamllint --strict .
format: install ## let ruff format the code and mend what it can
	@$(BIN)/ruff format . && $(BIN)/ruff check --fix .
hooks: install ## run the checks before each commit
	@$(BIN)/pre-commit install
lock: install ## choose package versions anew: both locks, all platforms, hashes, no index address
	@sh tools/lock.sh
wheel: install ## dist/*.whl
	@$(BIN)/python -m build --wheel --no-isolation --outdir dist
train: install ## learn every model anew: DATA=folder of data sets, ENGLISH=archive (bench/train_english.py), QUICK=1 proves the chain on a copy; an hour
	@sh bench/train.sh $(DATA) $(QUICK)
quality: install ## measure every model, write bench/results/quality.md: DATA=folder of data sets
	@$(BIN)/python bench/quality_sentiment.py --data $(DATA) $(if $(ENGLISH),--english $(ENGLISH)) && $(BIN)/python bench/quality_hoax.py --data $(DATA) && cat bench/results/sentiment.md bench/results/bands.md bench/results/learning.md bench/results/hoax.md >bench/results/quality.md
pictures: install ## draw the pictures of the guides anew, from `make run`'s database, with Chromium
	@$(BIN)/python bench/alert_picture.py && $(BIN)/python bench/slack_pictures.py
clean: ## remove .venv, builds and caches; var/ (your databases) stays
	@rm -rf .venv build dist ./*.egg-info .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis && find . -name __pycache__ -prune -exec rm -rf {} +

.PHONY: help install run up doctor test test-workers test-containers test-containers-scale check format hooks lock wheel train quality pictures clean
