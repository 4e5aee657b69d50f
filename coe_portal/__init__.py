"""The site: wiring of the portal, no rules of its own."""
