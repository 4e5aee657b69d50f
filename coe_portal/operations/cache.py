"""The shared cache, which a site can lose without failing: a lost cache is an empty one."""

import json
import time
from collections.abc import Callable
from typing import Any

import structlog
from django.core.cache.backends.redis import RedisCache, RedisCacheClient
from redis import RedisError

logger = structlog.get_logger(__name__)
_SECONDS_BETWEEN_WARNINGS = 60.0


class PlainValues:
    """Values as JSON: whoever could write to the cache could otherwise run code here, as pickles do."""

    def dumps(self, value: Any) -> bytes:
        """The bytes to keep; raises TypeError for what is no plain value."""
        return json.dumps(value).encode()

    def loads(self, kept: bytes) -> Any:
        """The value kept."""
        return json.loads(kept)


class _Client(RedisCacheClient):
    """Answers as an empty cache while the server does not."""

    _warned = 0.0

    def _tried(self, otherwise: Any, ask: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        try:
            return ask(*args, **kwargs)
        except RedisError as error:
            if time.monotonic() - _Client._warned > _SECONDS_BETWEEN_WARNINGS:
                _Client._warned = time.monotonic()
                logger.warning("the cache does not answer", error=type(error).__name__)
            return otherwise

    def add(self, *args: Any) -> Any:
        """True when added; also when lost, as in an empty cache."""
        return self._tried(True, super().add, *args)

    def get(self, key: Any, default: Any) -> Any:
        """The value, or the default."""
        return self._tried(default, super().get, key, default)

    def set(self, *args: Any) -> None:
        """Keep it, if possible."""
        self._tried(None, super().set, *args)

    def touch(self, *args: Any) -> Any:
        """False when there is none."""
        return self._tried(False, super().touch, *args)

    def delete(self, *args: Any) -> Any:
        """False when there is none."""
        return self._tried(False, super().delete, *args)

    def get_many(self, *args: Any) -> Any:
        """What is there."""
        return self._tried({}, super().get_many, *args)

    def has_key(self, *args: Any) -> Any:
        """False when there is none."""
        return self._tried(False, super().has_key, *args)

    def set_many(self, *args: Any) -> None:
        """Keep them, if possible."""
        self._tried(None, super().set_many, *args)

    def delete_many(self, *args: Any) -> None:
        """Forget them, if possible."""
        self._tried(None, super().delete_many, *args)

    def incr(self, key: Any, delta: int) -> Any:
        """The new value; ValueError where there was none, as Django has it."""
        value = self._tried(None, super().incr, key, delta)
        if value is None:
            raise ValueError(f"Key {key!r} not found.")
        return value


class ForgivingRedisCache(RedisCache):
    """Django's cache on Valkey or Redis with that client."""

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        quick = {"socket_timeout": 1.0, "socket_connect_timeout": 1.0, "serializer": PlainValues()}
        super().__init__(server, {**params, "OPTIONS": {**quick, **params.get("OPTIONS", {})}})
        self._class = _Client
