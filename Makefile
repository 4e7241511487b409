# One command each to run it, to test it and to check it.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
TESTS_AT_ONCE ?= auto

.PHONY: pictures run test test-processes test-browser test-services check fuzz chaos world bench bench-page messages lock

run: $(VENV)/product
	@exec $(BIN)/python manage.py run

test: $(VENV)/tests
	$(BIN)/pytest -n $(TESTS_AT_ONCE) --dist worksteal -m "not processes and not browser and not services and not bench"

# Whole set-ups on SQLite, started, killed and installed into a host; each file's set-up starts once.
test-processes: $(VENV)/tests
	$(BIN)/pytest -n $(TESTS_AT_ONCE) --dist loadfile -m processes

test-browser: $(VENV)/tests
	$(BIN)/pytest -m browser tests/browser tests/simulator

# The same tests on PostgreSQL, and those that need it; each file's set-up of many processes starts once, and no more
# than two of them at once, as PostgreSQL has a hundred connections.
test-services: export TEST_SERVICES = 1
test-services: export DATABASE_URL ?= postgres://postgres@127.0.0.1:5432/test
test-services: $(VENV)/tests
	$(BIN)/pytest -n 2 --dist loadfile -m "not processes and not browser and not bench" \
		tests/channels_out tests/faults tests/gateway tests/journeys tests/webhooks
	$(BIN)/pytest -m services tests/chaos tests/config tests/operate  # a set-up of these is all of this machine's work

# Mutated mails through the entrance and the processing; `make test` runs 300 of them.
fuzz: export FUZZ_MAILS ?= 5000
fuzz: $(VENV)/tests
	$(BIN)/pytest -s tests/webhooks/test_fuzz.py

# A provider that lies, workers that die, a Redis that forgets, and what became of every message; needs PostgreSQL and
# Redis. `make test-services` runs a small one.
chaos: export CHAOS_MESSAGES ?= 20000
chaos: export CHAOS_SEED ?= 1
chaos: $(VENV)/tests
	$(BIN)/python -m tests.chaos.run

# A simulated world of people, three times, and its table into docs/filing.md; `make test` runs a small one.
world: export WORLD_MESSAGES ?= 50000
world: export WORLD_SEED ?= 1
world: $(VENV)/tests
	$(BIN)/python -m tests.world.run

# Needs PostgreSQL, Redis, wrk and pgbench, and a machine that does nothing else. BENCH_QUICK=1 only shows that it runs.
bench: $(VENV)/tests
	$(BIN)/pytest -m bench -s -p no:randomly tests/benchmarks

# Puts the figures of the last run into docs/performance.md.
bench-page: $(VENV)/tests
	$(BIN)/python -m tests.benchmarks.page

# The pictures of README and docs/dashboard.md.
pictures: $(VENV)/tests
	$(BIN)/pytest -m browser tests/browser/pictures.py

# The catalogues of texts from templates and code, and their compiled form; needs GNU gettext. What is new in them waits
# for its translation.
messages: $(VENV)/tests
	$(BIN)/django-admin makemessages -l de -l es -l fr --no-obsolete --add-location file --no-wrap \
		--ignore .venv --ignore tests --ignore simulator --ignore docs --ignore var --ignore manage.py
	$(BIN)/django-admin compilemessages --ignore .venv

check: $(VENV)/tests
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/djlint --check --quiet gateway/templates config/templates
	$(BIN)/mypy
	ENV_FILE= DATA_DIR=$(VENV)/check PUBLIC_URL=https://gateway.example MAIL_DOMAIN=mail.gateway.example \
		REPLY_DOMAIN=reply.gateway.example TWILIO_ACCOUNT_SID=AC00000000000000000000000000000000 TWILIO_AUTH_TOKEN=none \
		$(BIN)/python manage.py check --deploy --fail-level WARNING
	ENV_FILE= DATA_DIR=$(VENV)/check $(BIN)/python manage.py makemigrations --check --dry-run
	$(BIN)/pytest -q tests/architecture

# Hashes of everything, from the .in files. Extras stay in the names: without them pip looks at newer releases as well.
COMPILE := $(BIN)/uv pip compile --universal --generate-hashes --python-version 3.11 --no-strip-extras \
	--no-emit-index-url --no-annotate --custom-compile-command "make lock"
lock: $(VENV)/tests
	$(COMPILE) --upgrade requirements.in -o requirements.txt
	$(COMPILE) --upgrade tests/requirements.in -o tests/requirements.txt

$(VENV)/product: requirements.txt
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing what requirements.txt names; this takes about half a minute, once."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@touch $@

$(VENV)/tests: $(VENV)/product tests/requirements.txt
	@echo "Installing what the tests need, once."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r tests/requirements.txt
	@touch $@
