"""Comments on anything in the portal; ignorant of what they are about."""
