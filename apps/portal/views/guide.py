"""How to use the portal by keyboard, and every component of its pages in every state."""

from django.http import HttpResponse

from apps.accounts.access import Request
from apps.core.http import respond
from apps.portal.views import samples


def keyboard(request: Request) -> HttpResponse:
    """What the keyboard does."""
    return respond(request, "portal/keyboard.html", {"title": "Keyboard"})


def gallery(request: Request) -> HttpResponse:
    """Every component in every state, in both colour schemes; its sample of a dialog asks for that part."""
    context = {"title": "Component gallery", "schemes": ("light", "dark"), **samples.everything()}
    return respond(request, "portal/gallery.html", context, fragment="dialog")
