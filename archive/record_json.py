"""Records to JSON and back: the one place where a dataclass of `archive.records` meets JSON.

Used for the hints in a WARC, the crawl logs, the open article files, the catalogue, and `--json`.
Dates are ISO 8601 strings with their offset from UTC, tuples are lists, nested records are objects.
"""

from __future__ import annotations

import dataclasses
import json
import types
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from enum import Enum
from functools import cache
from typing import Any, Literal, TypeVar, Union, cast, get_args, get_origin, get_type_hints

Record = TypeVar("Record")
Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]
_Decoder = Callable[[Any], Any]


def to_json(record: Any) -> dict[str, Any]:
    """Turn a record into a dictionary that `json.dumps` accepts, fields in their declared order.

    Lone surrogates, which no UTF-8 file can hold but a page's own JSON can name, become U+FFFD.

    Raises:
        TypeError: a field holds something that has no JSON form, such as bytes.

    >>> from archive.records import Tls
    >>> to_json(Tls(version="TLSv1.3", cipher="TLS_AES_256_GCM_SHA384"))
    {'version': 'TLSv1.3', 'cipher': 'TLS_AES_256_GCM_SHA384'}
    """
    record_type: Any = type(record)  # mypy holds a class for unhashable
    return {name: _encode(getattr(record, name)) for name in _field_names(record_type)}


def to_json_line(record: Any) -> str:
    """Turn a record into one line of JSON, without the line feed; non-ASCII stays readable."""
    # U+2028 and its like are legal in JSON, and a line only ends at LF: no further escaping.
    return json.dumps(to_json(record), ensure_ascii=False, separators=(",", ":"))


def json_line(data: Any) -> str:
    """Write JSON values on one line, without its end, as text that every encoding of Unicode takes.

    A name of a file that is no UTF-8 has lone surrogates for its bytes: these are escaped.

    >>> print(json_line({"file": "caf\\udce9", "title": "café"}))
    {"file": "caf\\udce9", "title": "café"}
    """
    return json.dumps(data, ensure_ascii=False).encode("utf-8", "backslashreplace").decode()


def from_json(record_type: type[Record], data: Mapping[str, Any]) -> Record:
    """Make a record of the given type from what `to_json` gave; unknown keys are passed over.

    A date may be a datetime already, as a row of a Parquet file has it.

    Raises:
        ValueError: a field is missing, or holds a value that its type does not allow.

    >>> from archive.records import Tls
    >>> from_json(Tls, {"version": "TLSv1.3", "cipher": "X"})
    Tls(version='TLSv1.3', cipher='X')
    """
    decode: _Decoder = _decoder(cast("Any", record_type))
    return cast("Record", decode(data))


def from_json_line(record_type: type[Record], line: str | bytes) -> Record:
    """Make a record from one line of JSON.

    Raises:
        ValueError: the line is not JSON, or not a record of that type.
    """
    return from_json(record_type, json.loads(line))


@cache
def _field_names(record_type: Any) -> tuple[str, ...]:
    return tuple(field.name for field in dataclasses.fields(record_type))


def _encode(value: Any) -> Json:
    match value:
        case None | bool() | int() | float():
            return value
        case Enum():
            return _encode(value.value)
        case str():
            return (
                value
                if value.isascii()
                else value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
            )
        case datetime():
            return value.isoformat()
        case list() | tuple():
            return [_encode(item) for item in value]
        case _ if dataclasses.is_dataclass(value) and not isinstance(value, type):
            return to_json(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")


@cache
def _decoder(expected: Any) -> _Decoder:
    """Find the function that turns a JSON value into a value of the expected type."""
    if dataclasses.is_dataclass(expected) and isinstance(expected, type):
        return _record_decoder(expected)
    if expected is datetime:
        return _decode_date
    if expected is float:
        return lambda value: float(_checked(value, int | float))
    if isinstance(expected, type) and issubclass(expected, Enum):
        return expected
    if isinstance(expected, type) and expected in (str, int, bool, type(None)):
        return lambda value: _checked(value, expected)
    return _generic_decoder(get_origin(expected), get_args(expected), expected)


def _generic_decoder(origin: Any, arguments: tuple[Any, ...], expected: Any) -> _Decoder:
    if origin is Literal:
        return lambda value: _one_of(value, arguments)
    if origin in (Union, types.UnionType):
        (inner,) = (_decoder(each) for each in arguments if each is not type(None))
        return lambda value: None if value is None else inner(value)
    if origin is tuple and arguments[-1] is Ellipsis:
        item = _decoder(arguments[0])
        return lambda value: tuple(item(each) for each in _checked(value, list))
    if origin is tuple:
        items = [_decoder(each) for each in arguments]
        return lambda value: tuple(
            decode(each) for decode, each in zip(items, _checked(value, list), strict=True)
        )
    raise TypeError(f"{expected} has no JSON form")


def _record_decoder(record_type: type) -> _Decoder:
    hints = get_type_hints(record_type)
    decoders = {name: _decoder(hints[name]) for name in _field_names(record_type)}

    def decode(data: Any) -> Any:
        fields = _checked(data, Mapping)
        values = {}
        for name, decode_field in decoders.items():
            if name in fields:
                try:
                    values[name] = decode_field(fields[name])
                except ValueError as error:
                    raise ValueError(f"{record_type.__name__}.{name}: {error}") from None
        try:
            return record_type(**values)
        except TypeError as error:  # a field without a default is missing
            raise ValueError(str(error)) from None

    return decode


def _decode_date(value: Any) -> datetime:
    date = value if isinstance(value, datetime) else datetime.fromisoformat(_checked(value, str))
    return date if date.tzinfo else date.replace(tzinfo=UTC)


def _one_of(value: Any, allowed: tuple[Any, ...]) -> Any:
    if value not in allowed:
        raise ValueError(f"{value!r} is not one of {', '.join(map(str, allowed))}")
    return value


def _checked(value: Any, expected: Any) -> Any:
    # bool is an int to Python, and is not one in JSON
    if not isinstance(value, expected) or (expected is int and isinstance(value, bool)):
        raise ValueError(f"{value!r} is not of type {getattr(expected, '__name__', expected)}")
    return value
