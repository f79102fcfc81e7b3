# `sam build` runs this in a copy of shared/. It names a target, and hands over the folder to fill, but not for which
# runtime and processor: those are in the Makefile of the folder that the template's ContextPath points at.
# The runtime's own Python also compiles bytecode; any other can only unpack. One that is a dead shim, or has no pip, is
# no help at all.
PYTHON = $(shell for p in $(RUNTIME) python3 python; do "$$p" -c "import pip" 2>/dev/null && echo "$$p" && break; done)

build-SharedLayer:
	@$(or $(PYTHON),python3) layer/build.py $(RUNTIME) $(ARCHITECTURE) "$(ARTIFACTS_DIR)/python"

.PHONY: build-SharedLayer
