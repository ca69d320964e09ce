# flowers-tui. `make` alone lists the targets.

BINARY = .build/release/flowers-tui
# One set of flags, so that `make run` and `make test` compile everything once: -enable-testing costs no speed, and
# colours, which a terminal would turn on, are an argument of the compiler.
FLAGS = -c release -Xswiftc -enable-testing --no-color-diagnostics $(TRAITS)
# With Open MPI where its development files are, which only one C file sees; without them nothing asks for it.
TRAITS = $(shell pkg-config --exists ompi-c 2>/dev/null && echo --traits MPI)
# Ranks of run-mpi. An ended job has the time to save its run; the other options allow root and few cores.
N ?= 2
MPIRUN = mpirun -n $(N) --oversubscribe $(if $(filter 0,$(shell id -u)),--allow-run-as-root) \
	--mca odls_base_sigkill_timeout 5 --stdin none
# The photo folder (default: the flowers, fetched once), and further options of the program.
DATA ?=
ARGS ?=
export RUNS SECONDS_EACH TARGETS MIRROR SUITE
# Where `make install` puts things, and a folder in front of it.
PREFIX ?= /usr/local
DESTDIR ?=
export PREFIX DESTDIR
# The commit, for --version; nothing outside of git, where this may lie in a repository that is another.
FLOWERS_TUI_BUILD := $(shell [ -z "$$(git rev-parse --show-prefix 2>/dev/null || echo outside)" ] && git describe --always --dirty --tags --match 'v[0-9]*' 2>/dev/null)
export FLOWERS_TUI_BUILD
# Parts of the soak test (default: all).
PARTS ?=

.PHONY: help run run-mpi build test test-mpi bench-mpi packages-mpi soak fuzz bench interop generate fresh check lint format clean packages install uninstall \
	stage deb tarball check-deb examples docs

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 11

run: build ## build, fetch what is missing, open the dashboard: make run [DATA=folder] [ARGS=…]
	@$(BINARY) $(if $(DATA),--data "$(DATA)") $(ARGS)

run-mpi: packages-mpi build ## the same on several processes with Open MPI: make run-mpi [N=2] [DATA=folder] [ARGS=…]
	@$(MPIRUN) $(BINARY) $(if $(DATA),--data "$(DATA)") $(ARGS)

build: packages ## build the program in release
	@swift build $(FLAGS) --product flowers-tui

test: packages ## install what is missing and run all tests
	swift build $(FLAGS) --build-tests
	FLOWERS_TUI_BINARY="$(CURDIR)/$(BINARY)" swift test $(FLAGS) --skip-build

test-mpi: packages-mpi build ## train on two ranks of this machine, break them, and compare with one process
	@PROGRAM="$(BINARY)" Tests/mpi.sh

soak: build ## what a run survives, within two hours: make soak [PARTS="kills faults"] [KILLS=100] [BATCHES=100000] [JOBS=2] [DATA=folder]
	@DATA="$(DATA)" Tests/soak.sh $(PARTS)

fuzz: packages ## feed the readers of files and keys with made-up bytes: make fuzz [RUNS=1000000] [SECONDS_EACH=240] [TARGETS=…]
	@Tests/fuzz.sh

bench: build ## time every part, then beside Keras and other engines: make bench [DATA=folder]
	@$(BINARY) bench $(if $(DATA),--data "$(DATA)")
	@test -d .venv-bench || (python3 -m venv .venv-bench && .venv-bench/bin/pip install -q -r Benchmarks/requirements.txt)
	@.venv-bench/bin/python Benchmarks/compare.py --program $(BINARY) --data "$(or $(DATA),$(shell $(BINARY) data fetch --json 2>/dev/null | sed 's/.*"photos":"\([^"]*\)".*/\1/'))"

bench-mpi: packages-mpi build ## measure ranks on this machine and over shaped links, as root: make bench-mpi [DATA=folder]
	@python3 Benchmarks/ranks.py --program $(BINARY) $(if $(DATA),--data "$(DATA)")

interop: build ## open exported models with Keras, ONNX Runtime, OpenVINO, LiteRT and others: make interop [DATA=folder]
	@PROGRAM="$(BINARY)" DATA="$(DATA)" Tests/interop.sh

generate: build ## write what is made from the program: docs/keybindings.md, docs/pictures: make generate [DATA=folder]
	@$(BINARY) keys > docs/keybindings.md
	@scripts/pictures.sh $(BINARY) "$(DATA)"

fresh: ## try both commands on a newly installed Debian, as root: make fresh SUITE=bookworm|trixie [MIRROR=…]
	@scripts/fresh.sh $(SUITE)

install: stage ## install for all users: make install [PREFIX=/usr/local] [DESTDIR=…]
	@scripts/install.sh install

uninstall: ## remove what make install installed: make uninstall [PREFIX=/usr/local] [DESTDIR=…]
	@scripts/install.sh uninstall

deb: stage ## pack for the Debian that this is: .build-package/out/flowers-tui_….deb
	@scripts/deb.sh

tarball: stage ## pack for any folder: .build-package/out/flowers-tui-….tar.xz
	@scripts/tarball.sh

check-deb: ## try the package on a newly installed Debian, as root: make check-deb [SUITE=bookworm|trixie] [MIRROR=…]
	@scripts/check-deb.sh

examples: packages ## build and run the packages in Examples, which use this one as a library
	@scripts/examples.sh

docs: packages ## check the libraries' documentation and write it as web sites: .build-docc
	@scripts/docc.sh

# A warning of ours is an error here, and only here; Package.swift reads the variable.
check: export FLOWERS_TUI_WARNINGS = errors
check: lint packages-mpi test test-mpi ## exactly what CI runs: the format lint, then all tests, built without a warning

lint:
	@scripts/check-swift.sh
	@swift format lint --strict --recursive Sources Tests Examples/Sources Examples/Package.swift Package.swift

format: ## format the sources
	@swift format --in-place --recursive Sources Tests Examples/Sources Examples/Package.swift Package.swift

clean: ## remove what was built
	@rm -rf .build .build-tsan .build-asan .build-fuzz .build-fresh .build-package .build-docc Examples/.build

packages:
	@scripts/check-swift.sh
	@scripts/install-packages.sh
	@scripts/check-onednn.sh

packages-mpi: packages
	@scripts/install-packages.sh libopenmpi-dev openmpi-bin

# Swift's Foundation, linked statically, needs the development files of curl.
stage: packages
	@scripts/install-packages.sh libcurl4-openssl-dev binutils dpkg-dev
	@scripts/stage.sh
