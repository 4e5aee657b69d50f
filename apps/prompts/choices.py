"""Versions of prompts as forms choose from them."""

from apps.core import choosing
from apps.prompts.models import PromptVersion

PROMPT_VERSION = choosing.versions_of("prompt", PromptVersion)
