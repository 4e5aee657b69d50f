"""Embeddings, the index and hybrid search; other apps register what is indexed."""
