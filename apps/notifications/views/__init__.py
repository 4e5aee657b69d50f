"""Pages of what people were told, and of webhooks and channels."""
