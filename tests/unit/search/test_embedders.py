"""Both embedders: what their vectors are like, and what the one over HTTP refuses."""

import json
import logging
import sys
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import numpy as np
import pytest
from pytest_django import Settings

from apps.search import embedders
from apps.search.embedders import EmbeddingError, OpenAICompatible, WordLlamaStatic

pytestmark = pytest.mark.usefixtures("environment_alone")
Answer = tuple[int, dict[str, str], bytes]


@pytest.fixture(scope="module")
def local() -> WordLlamaStatic:
    return WordLlamaStatic()


def test_a_local_vector_is_a_unit_vector(local: WordLlamaStatic) -> None:
    vectors = local.embed(["Sort incoming invoices", "x" * 100_000, "日本語"])
    assert vectors.shape == (3, 256)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_a_paraphrase_is_nearer_than_another_subject(local: WordLlamaStatic) -> None:
    asked, paraphrase, other = local.embed(
        ["summarise customer complaints", "Condense the feedback of unhappy clients", "Detect tanks from the air"]
    )
    assert asked @ paraphrase > 0.25 > 0.15 > asked @ other


def test_the_company_of_other_texts_changes_nothing(local: WordLlamaStatic) -> None:
    alone = local.embed(["Sort incoming invoices"])[0]
    together = local.embed(["Predict failures", "Sort incoming invoices", ""])[1]
    assert np.array_equal(alone, together)


def test_a_text_without_tokens_has_no_direction(local: WordLlamaStatic) -> None:
    assert not local.embed([""]).any()
    assert local.embed([]).shape == (0, 256)


def test_the_wheel_is_read_but_never_imported(local: WordLlamaStatic) -> None:
    handlers = list(logging.getLogger().handlers)
    local.embed(["anything"])
    assert "wordllama" not in sys.modules
    assert logging.getLogger().handlers == handlers


def test_the_local_model_is_the_default_and_loaded_once() -> None:
    assert isinstance(embedders.current(), WordLlamaStatic)
    assert embedders.current() is embedders.current()


class Server:
    """An embeddings address on loopback: answers as it is told to, and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[dict[str, str], dict[str, Any]]] = []
        self.answer: Callable[[dict[str, Any]], Answer] = _in_reverse_order
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                outer.asked.append(({**dict(self.headers.items()), "path": self.path}, body))
                status, headers, content = outer.answer(body)
                self.send_response(status)
                for name, value in {**headers, "Content-Length": str(len(content))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, format: str, *args: Any) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/v1"
        self._thread = Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    def close(self) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def _in_reverse_order(body: dict[str, Any]) -> Answer:
    """Vectors that point along the axis the text names, last one first: order is told by `index` alone."""
    rows = [
        {"index": index, "embedding": [2.0 if axis == int(text) % 256 else 0.0 for axis in range(256)]}
        for index, text in enumerate(body["input"])
    ]
    return 200, {}, json.dumps({"data": rows[::-1]}).encode()


@pytest.fixture
def server() -> Iterator[Server]:
    running = Server()
    yield running
    running.close()


def test_texts_travel_in_batches_and_come_back_in_order(server: Server) -> None:
    vectors = OpenAICompatible(server.url, "some-model").embed([str(number) for number in range(150)])
    assert [len(body["input"]) for _, body in server.asked] == [64, 64, 22]
    assert vectors.argmax(axis=1).tolist() == list(range(150))
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1)


def test_the_question_names_model_length_and_key(
    server: Server, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(settings.EMBEDDING_KEY_VARIABLE, "a secret")
    OpenAICompatible(server.url, "some-model").embed(["7"])
    headers, body = server.asked[0]
    assert headers["path"] == "/v1/embeddings"
    assert headers["Authorization"] == "Bearer a secret"
    assert body == {"model": "some-model", "input": ["7"], "dimensions": 256, "encoding_format": "float"}


def test_without_a_key_none_is_sent(server: Server, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(settings.EMBEDDING_KEY_VARIABLE, raising=False)
    OpenAICompatible(server.url, "some-model").embed(["7"])
    assert "Authorization" not in server.asked[0][0]


def _data(*rows: dict[str, Any]) -> bytes:
    return json.dumps({"data": rows}).encode()


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        ((200, {}, _data({"index": 0, "embedding": [1.0] * 384})), "shape"),
        ((200, {}, _data()), "shape"),
        ((200, {}, _data({"index": 0, "embedding": [float("nan")] * 256})), "finite"),
        ((200, {}, _data({"index": 0, "embedding": ["x"] * 256})), "did not give embeddings"),
        ((200, {}, b"{}"), "did not give embeddings"),
        ((200, {}, b"[1]"), "did not give embeddings"),
        ((200, {}, b"<html>"), "did not give embeddings"),
        ((401, {}, b""), "401"),
        ((503, {}, b""), "503"),
    ],
)
def test_a_nonsense_answer_is_an_error(server: Server, answer: Answer, says: str) -> None:
    server.answer = lambda body: answer
    with pytest.raises(EmbeddingError, match=says):
        OpenAICompatible(server.url, "some-model").embed(["7"])


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_not_followed(server: Server, status: int) -> None:
    server.answer = lambda body: (status, {"Location": f"{server.url}/elsewhere"}, b"")
    with pytest.raises(EmbeddingError, match=str(status)):
        OpenAICompatible(server.url, "some-model").embed(["7"])
    assert len(server.asked) == 1


def test_an_answer_without_end_is_not_read(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(OpenAICompatible, "largest_answer", 1_000)
    server.answer = lambda body: (200, {}, b" " * 5_000)
    with pytest.raises(EmbeddingError, match="longer than 1000 bytes"):
        OpenAICompatible(server.url, "some-model").embed(["7"])


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("http://elsewhere.example/v1", "elsewhere.example:80 is not on the portal"),
        ("ftp://127.0.0.1/v1", "http"),
        ("file:///etc/passwd", "http"),
        ("http://name:secret@127.0.0.1/v1", "user name"),
        ("http://127.0.0.1.elsewhere.example/v1", "permitted"),
    ],
)
def test_only_permitted_hosts_are_asked(url: str, says: str) -> None:
    with pytest.raises(EmbeddingError, match=says):
        OpenAICompatible(url, "some-model")


def test_the_key_is_sent_only_where_it_is_permitted(
    server: Server, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.EGRESS_ALLOWED = [server.url.removesuffix("/v1")]
    OpenAICompatible(server.url, "some-model")
    monkeypatch.setenv(settings.EMBEDDING_KEY_VARIABLE, "a secret")
    with pytest.raises(EmbeddingError, match=f"key {settings.EMBEDDING_KEY_VARIABLE} may not be sent"):
        OpenAICompatible(server.url, "some-model")


def test_a_setting_switches_the_embedder(server: Server, settings: Settings) -> None:
    settings.EMBEDDING_URL, settings.EMBEDDING_MODEL = server.url, "some-model"
    embedder = embedders.current()
    assert (embedder.name, embedder.revision, embedder.dim) == ("some-model", server.url, 256)


def test_an_address_without_a_model_is_refused(server: Server) -> None:
    with pytest.raises(EmbeddingError, match="EMBEDDING_MODEL"):
        OpenAICompatible(server.url, "")
