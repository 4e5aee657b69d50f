"""Makes badges from state values inside templates."""

from django import template

from apps.core.badges import Badge
from apps.core.badges import badge as make_badge

register = template.Library()


@register.filter
def badge(state: str, word: str = "") -> Badge:
    """`{% status request.state|badge:request.get_state_display %}`."""
    return make_badge(state, word)
