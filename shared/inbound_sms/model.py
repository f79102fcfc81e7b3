"""The base class of all models, which keeps pydantic's share of a cold start small."""

import os
import sys
from types import ModuleType

from pydantic import BaseModel, ConfigDict, ValidationError


def _stub_plugin_loader() -> None:
    """Give pydantic a plugin loader that finds none.

    Even with plugins disabled (as template.yaml does), pydantic's own loader imports importlib.metadata and 60 modules
    behind it, a sixth of the CPU time of a cold start.
    """
    loader = ModuleType("pydantic.plugin._loader")
    vars(loader)["get_plugins"] = tuple
    sys.modules.setdefault(loader.__name__, loader)


if os.environ.get("PYDANTIC_DISABLE_PLUGINS") in ("__all__", "1", "true"):
    _stub_plugin_loader()


class Model(BaseModel):
    """The base class of all models.

    Its validator and serializer are built on first use, or by `model_rebuild`: a function uses few of the models that
    it imports.
    """

    model_config = ConfigDict(defer_build=True)


def first_fault(error: ValidationError) -> tuple[str, str]:
    """Return the first error's message and location (`sender.number`; empty for the model as a whole).

    Never the value found there, which may be a secret or the text of a message.
    """
    fault = error.errors(include_input=False, include_url=False, include_context=False)[0]
    return fault["msg"], ".".join(map(str, fault["loc"]))
