"""The base of all models, so that pydantic costs a cold start no more than it has to."""

import os
import sys
from types import ModuleType

from pydantic import BaseModel, ConfigDict, ValidationError


def _without_search() -> None:
    """Where plugins are switched off (in our functions, by the template), pydantic still imports what it would search
    for them with, importlib.metadata and 60 modules behind it: a sixth of the CPU of a cold start. So it gets a search
    that finds none.
    """
    search = ModuleType("pydantic.plugin._loader")
    vars(search)["get_plugins"] = tuple
    sys.modules.setdefault(search.__name__, search)


if os.environ.get("PYDANTIC_DISABLE_PLUGINS") in ("__all__", "1", "true"):
    _without_search()


class Model(BaseModel):
    """A model. What validates and writes it is made when it is first used, or with `model_rebuild`: a function needs
    few of those that it imports.
    """

    model_config = ConfigDict(defer_build=True)


def first_fault(error: ValidationError) -> tuple[str, str]:
    """Gives what is wrong first, and where (`sender.number`, empty for the whole). Never what stands there, which may
    be a secret or a text.
    """
    fault = error.errors(include_input=False, include_url=False, include_context=False)[0]
    return fault["msg"], ".".join(map(str, fault["loc"]))
