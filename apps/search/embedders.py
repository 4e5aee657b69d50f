"""Turning texts into unit vectors: by the model that ships in a wheel, or by an OpenAI-compatible address."""

import importlib.util
import json
import os
from collections.abc import Sequence
from functools import lru_cache
from importlib import metadata
from pathlib import Path
from typing import Protocol

import numpy as np
from django.conf import settings
from numpy.typing import NDArray

from apps.core.egress import EgressError, sources, sync

DIMENSIONS = 256
Vectors = NDArray[np.float32]


class EmbeddingError(RuntimeError):
    """The embedder could not be loaded or reached, or answered nonsense."""


class Embedder(Protocol):
    """Makes vectors; those of the same `name` and `revision` may be compared."""

    @property
    def name(self) -> str:
        """The model."""

    @property
    def revision(self) -> str:
        """Which edition of the model, or where it is served."""

    @property
    def dim(self) -> int:
        """The length of a vector."""

    def embed(self, texts: Sequence[str]) -> Vectors:
        """One unit vector a text, shape (texts, dim); zero for a text without a known token. Raises EmbeddingError."""


def current() -> Embedder:
    """The configured embedder, loaded once a process. Raises EmbeddingError."""
    return _configured(settings.EMBEDDING_URL, settings.EMBEDDING_MODEL)


@lru_cache(maxsize=2)
def _configured(url: str, model: str) -> Embedder:
    return OpenAICompatible(url, model) if url else WordLlamaStatic()


def _unit(rows: Vectors) -> Vectors:
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    unit: Vectors = np.divide(rows, lengths, out=np.zeros_like(rows), where=lengths > 0)
    return unit


class WordLlamaStatic:
    """The mean of static token vectors. Reads the two files of the wordllama wheel; that package is never imported.

    (Its own loader looks for the tokenizer in a folder the wheel does not have, and takes over root logging.)
    """

    name = "wordllama-l2-supercat-256"
    dim = DIMENSIONS

    def __init__(self) -> None:
        # One text at a time gains nothing from threads, and a worker that forks afterwards would be warned.
        os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
        # Loading costs 0.4 s, so only processes that embed pay for it.
        from safetensors.numpy import load_file
        from tokenizers import Tokenizer

        folder = _wheel_folder()
        self.revision = metadata.version("wordllama")
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizers" / "l2_supercat_tokenizer_config.json"))
        weights = load_file(str(folder / "weights" / "l2_supercat_256.safetensors"))
        self._rows: Vectors = weights["embedding.weight"].astype(np.float32)

    def embed(self, texts: Sequence[str]) -> Vectors:
        """One unit vector a text: the normalised mean of its tokens' rows."""
        means = np.zeros((len(texts), self.dim), dtype=np.float32)
        for index, encoding in enumerate(self._tokenizer.encode_batch(list(texts), add_special_tokens=False)):
            if encoding.ids:
                means[index] = self._rows[encoding.ids].mean(axis=0)
        return _unit(means)


def _wheel_folder() -> Path:
    spec = importlib.util.find_spec("wordllama")
    if spec is None or spec.origin is None:
        raise EmbeddingError("The package wordllama, which carries the local embedding model, is not installed.")
    return Path(spec.origin).parent


class OpenAICompatible:
    """An OpenAI-compatible `/embeddings` address; the key stays in the environment."""

    dim = DIMENSIONS
    batch = 64
    timeout_seconds = 30.0
    # About 2,000 tokens; embedding models refuse longer input instead of cutting it.
    longest_text = 8_000
    largest_answer = 32 * 1024 * 1024

    def __init__(self, url: str, model: str) -> None:
        if problem := sources.problem(url, purpose="embeddings", credential=_credential(), bare=True):
            raise EmbeddingError(f"EMBEDDING_URL: {problem}")
        if not model:
            raise EmbeddingError("EMBEDDING_URL is set, EMBEDDING_MODEL is not: name the model to ask for.")
        self.name = model
        self.revision = url.rstrip("/")[:200]
        self._url = f"{url.rstrip('/')}/embeddings"

    def embed(self, texts: Sequence[str]) -> Vectors:
        """One unit vector a text, asked for in batches of 64. Raises EmbeddingError."""
        # An empty input is an error to most servers.
        inputs = [text[: self.longest_text].strip() or "-" for text in texts]
        batches = [self._ask(inputs[at : at + self.batch]) for at in range(0, len(inputs), self.batch)]
        return _unit(np.concatenate(batches)) if batches else np.zeros((0, self.dim), dtype=np.float32)

    def _ask(self, inputs: list[str]) -> Vectors:
        body = {"model": self.name, "input": inputs, "dimensions": self.dim, "encoding_format": "float"}
        try:
            answer = sync.fetch(
                "POST", self._url, headers={"Content-Type": "application/json"}, body=json.dumps(body).encode(),
                purpose="embeddings", timeout=self.timeout_seconds, credential=_credential(),
                largest=self.largest_answer,
            )  # fmt: skip
            if answer.status != 200:
                raise ValueError(f"it answered {answer.status}")
            return _vectors(answer.body, count=len(inputs))
        except (EgressError, ValueError, LookupError, TypeError, RecursionError) as error:
            raise EmbeddingError(f"{self._url} did not give embeddings: {error}") from error


def _credential() -> str:
    """The reference of the key, "" where the environment has none."""
    return f"env:{settings.EMBEDDING_KEY_VARIABLE}" if os.environ.get(settings.EMBEDDING_KEY_VARIABLE) else ""


def _vectors(body: bytes, *, count: int) -> Vectors:
    data = sorted(json.loads(body)["data"], key=lambda row: row["index"])
    rows = np.array([row["embedding"] for row in data], dtype=np.float32)
    if rows.shape != (count, DIMENSIONS):
        raise ValueError(f"{count} vectors of {DIMENSIONS} numbers were expected, the answer has shape {rows.shape}")
    if not np.isfinite(rows).all():
        raise ValueError("a vector holds a number that is not finite")
    return rows
