"""Names the portal's own styles and scripts in templates."""

from django import template

from apps.core import bundles

register = template.Library()
register.simple_tag(bundles.bundle_url, name="bundle")
