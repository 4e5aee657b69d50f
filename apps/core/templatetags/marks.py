"""Icons, times and badges in every template."""

from django import template
from django.utils.html import conditional_escape

from apps.core import marks

register = template.Library()
register.simple_tag(marks.icon)
register.filter(marks.when)
register.simple_tag(conditional_escape, name="status")  # a Badge draws itself
