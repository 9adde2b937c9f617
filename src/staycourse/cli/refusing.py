"""What click refuses of what was asked for, in one line: under the name by which it was given, numbers in our words."""

from __future__ import annotations

import click

from staycourse.kernel import BadInput, Wording, as_wording, worded


def refused(error: click.ClickException) -> Wording:
    """Return a refusal of click's as one line, to be said in the reader's language."""
    if isinstance(error, click.BadParameter) and error.param is not None:
        given = _variable_of(error)
        if given:
            error.param_hint = f"'{given}'"
        kind = error.param.type
        if isinstance(kind, click.IntRange | click.types.IntParamType) and " is not " in error.message:
            where = given or max(error.param.opts, key=len)
            return _no_number(kind, error.message.partition(" is not ")[0], where).wording.line()
    return as_wording(" ".join(error.format_message().split()))


def _variable_of(error: click.BadParameter) -> str:
    """Return the environment's variable that gave the value; "" where it stood on the command line."""
    context, option = error.ctx, error.param
    if context is None or option is None or option.name is None:
        return ""
    if context.get_parameter_source(option.name) is not click.core.ParameterSource.ENVIRONMENT:
        return ""
    if isinstance(option.envvar, str):
        return option.envvar
    return f"{context.auto_envvar_prefix}_{option.name.upper()}"


def _no_number(kind: click.ParamType[int], value: str, where: str) -> BadInput:
    least, most = getattr(kind, "min", None), getattr(kind, "max", None)
    if least is not None and most is not None:
        mend = worded("give one from {least} to {most}", least=least, most=most)
    elif least is not None:
        mend = worded("give at least {least}", least=least)
    else:
        mend = worded("give {most} at most", most=most) if most is not None else worded("give one")
    what = worded("{value} is no whole number that fits", value=value)
    return BadInput(what, where=where, mend=mend)
