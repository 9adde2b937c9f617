"""What a message is made of: templates, their variables, and which of them a step really gives."""

# isort: off
from staycourse.care.messages.offering import offered, sending_steps
from staycourse.care.messages.shipped import default_templates
from staycourse.care.messages.templates import (
    SOURCE_LIMITS, Rendered, Template, check_template, check_templates, render, variables_needed, variables_of,
)  # fmt: skip
from staycourse.care.messages.variables import SAMPLES, VARIABLES

__all__ = [
    "Rendered", "SAMPLES", "SOURCE_LIMITS", "Template", "VARIABLES", "check_template", "check_templates",
    "default_templates", "offered", "render", "sending_steps", "variables_needed", "variables_of",
]  # fmt: skip
