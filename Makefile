# The front door. Each target is a short script; spec/support has the ones that test.

BUILD ?= build
PREFIX ?= /usr/local
SECONDS ?= 60

support = spec/support

.PHONY: build demo test specs check format asan tsan fuzz bench hosts openapi install clean help

build:
	@$(support)/build.sh $(BUILD)

# Install what is missing, build, and review a sample file in the editor.
demo:
	@$(support)/install-deps.sh demo
	@$(support)/build.sh $(BUILD)
	@spec/demo/run.sh

# Install what is missing, build, and run every spec in every host.
test:
	@$(support)/install-deps.sh test
	@$(support)/build.sh $(BUILD)
	@$(support)/run-specs.sh

# The specs alone, without installing: make specs HOSTS=nvim SPECS=spec/editor
specs: build
	@SPECS="$(SPECS)" FILTER="$(FILTER)" $(support)/run-specs.sh $(HOSTS)

check:
	@$(support)/install-deps.sh check
	@$(support)/check.sh

# Write the C as .clang-format wants it.
format:
	git ls-files --cached --others --exclude-standard '*.c' '*.h' | xargs clang-format -i

asan:
	@$(support)/install-deps.sh test
	@$(support)/sanitize.sh address,undefined $(BUILD)/asan

tsan:
	@$(support)/install-deps.sh test
	@$(support)/sanitize.sh thread $(BUILD)/tsan

fuzz:
	@$(support)/install-deps.sh fuzz
	@spec/fuzz/run.sh $(SECONDS)

bench:
	@$(support)/install-deps.sh bench
	@$(support)/build.sh $(BUILD)
	@spec/bench/run.sh

# The editor specs in the newest Neovim and Vim, fetched into a cache folder.
hosts:
	@$(support)/install-deps.sh hosts
	@$(support)/build.sh $(BUILD)
	@$(support)/newest-hosts.sh

# The client before Prism, which judges requests by the service's official description.
openapi:
	@$(support)/install-deps.sh test
	@$(support)/build.sh $(BUILD)
	@$(support)/prism.sh

install: build
	cmake --install $(BUILD) --prefix $(PREFIX)

clean:
	rm -rf $(BUILD)

help:
	@echo 'make            build the module for every Lua found'
	@echo 'make demo       install what is missing and review a sample file in the editor'
	@echo 'make test       install what is missing and run every spec'
	@echo 'make check      formatting, linters and the dependency rules'
	@echo 'make asan tsan  the specs on sanitizer builds'
	@echo 'make fuzz SECONDS=60'
	@echo 'make bench      speed, beside the peers'
	@echo 'make hosts      the editor specs in the newest Neovim and Vim'
	@echo "make openapi    the client before Prism and the service's description, where they are here"
	@echo 'make install PREFIX=/usr/local'
