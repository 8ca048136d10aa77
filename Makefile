# A plain dotnet publish builds one static binary. It needs only gcc and binutils besides the .NET SDK.
#   ARCH=arm64  builds for that architecture (or x64), with Debian's cross gcc where this machine is another, into out/arm64
#   PIE=1       builds a position-independent binary (0.6 ms slower to start)
#   PREFIX=DIR  the directory to install into
#   SEAL=1      install also binds the binary read-only over itself, so that no start has to seal it again
PREFIX ?= /usr/local
CONFIGURATION ?= Release
export DOTNET_CLI_TELEMETRY_OPTOUT := 1
export DOTNET_NOLOGO := 1
# On a minimal system the SDK has no ICU, and nothing here needs it.
export DOTNET_SYSTEM_GLOBALIZATION_INVARIANT := 1
export PIE

MACHINE := $(if $(filter aarch64,$(shell uname -m)),arm64,x64)
FOREIGN := $(if $(filter arm64,$(MACHINE)),x64,arm64)
ifeq ($(filter x64 arm64,$(ARCH)),)
override ARCH := $(MACHINE)
endif
GNU := $(if $(filter $(MACHINE),$(ARCH)),,$(if $(filter arm64,$(ARCH)),aarch64,x86_64)-linux-gnu-)

OUT := out$(if $(GNU),/$(ARCH))
BINARY := $(OUT)/sharprunc
SHARE = $(DESTDIR)$(PREFIX)/share
BASH_COMPLETION := bash-completion/completions/sharprunc
ZSH_COMPLETION := zsh/site-functions/_sharprunc
FISH_COMPLETION := fish/vendor_completions.d/sharprunc.fish
MANUAL := man/man8/sharprunc.8
PROBE := $(wildcard tests/SharpRunc.Probe/*.csproj)
FLOOR := $(wildcard tests/SharpRunc.Benchmarks/Floor/*.csproj)
SOURCES := $(shell find src -name '*.cs' -not -path '*/obj/*' -not -path '*/bin/*') \
	$(wildcard src/*/*.csproj src/*/*.order src/*.props src/*.targets src/*.txt) Directory.Build.props Directory.Packages.props
PUBLISH = dotnet publish -c $(CONFIGURATION) --nologo -v quiet -p:Arch=$(ARCH) $(if $(PIE),-p:PIE=$(PIE))

.PHONY: help build helpers test soak fuzz order run resources suite conformance differential vm matrix bench bench-report lint install uninstall deb dist clean

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 14

build: $(BINARY) ## [ARCH=arm64]: out/sharprunc, one stripped static binary; for another architecture out/ARCH/sharprunc

# The binary is published elsewhere and then moved, so that a running binary is never written to. --strip-all: publish keeps some symbols.
$(BINARY): $(SOURCES)
	@mkdir -p $(OUT)
	$(PUBLISH) src/SharpRunc -o $(OUT)/publish
	@$(GNU)strip --strip-all -o $(BINARY).new $(OUT)/publish/sharprunc && mv -f $(BINARY).new $(BINARY)
	@rm -rf $(OUT)/publish
	@ls -l $(BINARY) | awk '{ print $$NF ": " $$5 " bytes" }'

helpers: ## the native programs of the tests and the benchmark
	@for project in $(PROBE) $(FLOOR); do $(PUBLISH) $$project -o $(OUT)/helpers || exit 1; done

test: build helpers ## all tests; most need root, and a test that cannot run here says why
	SHARPRUNC=$(abspath $(BINARY)) dotnet test tests/SharpRunc.Tests -c $(CONFIGURATION) --nologo -v quiet --logger 'console;verbosity=minimal'

soak: build helpers ## 2,000 runs, 200 containers and 2,000 execs, ten in parallel, containers killed meanwhile, an attacker before every call, 200,000 mutated configs, 2,000,000 mutated profiles: no hang, no leak
	SOAK=1 SHARPRUNC=$(abspath $(BINARY)) dotnet test tests/SharpRunc.Tests -c $(CONFIGURATION) --nologo -v quiet --filter 'FullyQualifiedName~SoakTests|FullyQualifiedName~StepTests|FullyQualifiedName~FaultSweepTests'

fuzz: ## [MINUTES=5]: fuzzes each reader of foreign input for that long with inputs it has not seen yet: it must answer or fail soon, and ignore nothing
	FUZZ_SECONDS=$$(($(or $(MINUTES),5) * 60)) FUZZ_SEED=$$(date +%s) dotnet test tests/SharpRunc.Tests -c $(CONFIGURATION) --nologo -v quiet --logger 'console;verbosity=normal' --filter 'FullyQualifiedName~FuzzTests'

order: helpers ## src/SharpRunc/functions.order: the functions that engines' commands execute on this machine, so that they are placed together; run as root after changes of the code, then build
	$(PUBLISH) src/SharpRunc -o $(OUT)/order
	$(OUT)/helpers/sharprunc-probe functions $(OUT)/order/sharprunc $(OUT)/order/sharprunc.dbg \
		$(CURDIR)/tests/SharpRunc.Probe/common-commands $(OUT)/order/sharprunc tests/SharpRunc.Tests/Data/bundles/docker-default.json > $(OUT)/functions.order
	@mv $(OUT)/functions.order src/SharpRunc/functions.order
	@rm -rf $(OUT)/order

run: build ## make a busybox bundle in a temporary directory and run a container that prints what it sees
	@conformance/hello $(BINARY)

suite: ## out/conformance: the program that tests runtimes, and the one that its containers run
	@for project in inside suite; do $(PUBLISH) conformance/$$project -o $(OUT)/conformance >&2 || exit 1; done

conformance: $(if $(RUNTIME),,build) suite ## RUNTIME=FILE [ARGS=…]: every MUST of the specification that a black-box test can decide, on ours or any other runtime
	@conformance/prove $(or $(RUNTIME),$(BINARY)) $(ARGS)

differential: build ## 400 small configs through ours, runc and crun ($$RUNC, $$CRUN, or those of PATH): what a program inside sees must be the same, except for what conformance/differential/known.tsv explains
	@conformance/differential/run $(BINARY) --count 400 $(ARGS)

resources: build ## every property of linux.resources on this machine: the kernel's files, their effect, and an error where a property cannot be applied
	@conformance/resources $(BINARY)

vm: build suite ## [KERNELS='sid trixie']: AppArmor, SELinux, systemd, all capabilities and controllers, in machines, also with the kernels of these suites of Debian; the first run makes their image; ARCH=arm64: on an arm64 kernel
	@$(if $(filter arm64,$(ARCH)),conformance/vm/arm64 $(BINARY) && )conformance/vm/run $(if $(filter arm64,$(ARCH)),-a arm64) $(BINARY)
	@for kernel in $(KERNELS); do conformance/vm/run -K $$kernel $(BINARY) || exit 1; done

matrix: $(if $(RUNTIME),,build) suite ## [RUNTIME=FILE] [ARGS='--json FILE']: what works where: the suite in every cgroup layout, here and in machines, and Docker in the machines
	@conformance/matrix $(ARGS) $(or $(RUNTIME),$(BINARY))

BENCHMARKS = dotnet run -c $(CONFIGURATION) --project tests/SharpRunc.Benchmarks -- $(if $(FLOOR),--floor $(OUT)/helpers/sharprunc-floor) --probe $(OUT)/helpers/sharprunc-probe
MEASURED = sharprunc=$(BINARY) crun=/usr/bin/crun runc=/usr/sbin/runc $(RUNTIMES)

bench: build helpers ## [ARGS=--quick] [RUNTIMES=NAME=FILE]: measures every runtime installed here, interleaved, on the same bundle
	$(BENCHMARKS) $(ARGS) $(MEASURED)

bench-report: build helpers ## [ARGS=--quick] [RUNTIMES=NAME=FILE]: out/bench-report/index.html, the same with plots: distributions, crowds, parallelism, memory, exec storms
	$(BENCHMARKS) --report $(OUT)/bench-report $(ARGS) $(MEASURED)

# Warnings are errors in every build, rules of style included, so that only white space is left to be checked. Lint includes publish because only publish sees what cannot be compiled ahead of time (IL2xxx, IL3xxx).
lint: ## warnings, analyzers, banned calls, formatting, ahead-of-time compatibility
	dotnet build SharpRunc.sln -c $(CONFIGURATION) --nologo -v quiet -warnaserror
	dotnet format whitespace SharpRunc.sln --verify-no-changes --no-restore
	@mkdir -p $(OUT)
	@$(PUBLISH) src/SharpRunc -o $(OUT)/lint > $(OUT)/lint.log 2>&1 || { cat $(OUT)/lint.log; exit 1; }
	@! grep -E 'warning|IL[23][0-9]{3}' $(OUT)/lint.log
	@rm -rf $(OUT)/lint

install: build ## the binary, completions and manual page; PREFIX=/usr/local; SEAL=1 binds the binary read-only over itself
	install -D -m 0755 $(BINARY) $(DESTDIR)$(PREFIX)/bin/sharprunc
	@mkdir -p $(dir $(addprefix $(SHARE)/,$(BASH_COMPLETION) $(ZSH_COMPLETION) $(FISH_COMPLETION) $(MANUAL)))
	$(BINARY) completion bash > $(SHARE)/$(BASH_COMPLETION)
	$(BINARY) completion zsh > $(SHARE)/$(ZSH_COMPLETION)
	$(BINARY) completion fish > $(SHARE)/$(FISH_COMPLETION)
	$(BINARY) man > $(SHARE)/$(MANUAL)
ifeq ($(SEAL),1)
	mount --bind $(PREFIX)/bin/sharprunc $(PREFIX)/bin/sharprunc
	mount -o remount,bind,ro $(PREFIX)/bin/sharprunc
	@echo "sealed until the next boot; for every boot, in /etc/fstab:"
	@echo "$(PREFIX)/bin/sharprunc $(PREFIX)/bin/sharprunc none bind,ro 0 0"
else
	@echo "SEAL=1 also binds it read-only over itself: see README.md, \"Sealing at no cost\""
endif

uninstall: ## removes the read-only bind and everything that install put there
	@umount $(PREFIX)/bin/sharprunc 2>/dev/null || true
	rm -f $(DESTDIR)$(PREFIX)/bin/sharprunc $(addprefix $(SHARE)/,$(BASH_COMPLETION) $(ZSH_COMPLETION) $(FISH_COMPLETION) $(MANUAL))

deb: build ## [ARCH=arm64]: out/sharprunc_VERSION_amd64.deb: program, manual page, completions, documents; needs neither root nor debhelper
	@src/SharpRunc/packaging/build-deb $(BINARY) $(OUT)

dist: ## out/dist, a release: packages (rpm, too, where rpmbuild is installed), archives and bills of materials of both architectures, SHA256SUMS; needs the cross gcc, qemu-user-static and jq
	@for tool in jq dpkg-deb qemu-$(if $(filter arm64,$(FOREIGN)),aarch64,x86_64)-static; do \
		command -v $$tool > /dev/null || { echo "dist: $$tool is not installed" >&2; exit 1; }; done
	@$(MAKE) --no-print-directory build ARCH=$(MACHINE)
	@$(MAKE) --no-print-directory build ARCH=$(FOREIGN)
	@src/SharpRunc/packaging/build-dist out/dist out/sharprunc out/$(FOREIGN)/sharprunc

clean: ## removes out, bin and obj
	rm -rf $(OUT)
	find src tests conformance -type d \( -name bin -o -name obj \) -prune -exec rm -rf {} + 2>/dev/null || true
