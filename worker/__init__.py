"""The workers: doorbells that take ids, and the engines that do the work."""
