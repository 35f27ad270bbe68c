"""What urllib3 and asyncio send, and what is made of replies, beside what httpx does."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final, TypeAlias

import httpx
import pytest
from on_a_loop import OnALoop
from raw_host import CHUNKED, OK, WHOLE, Host, Said, ended, post

from minimax_adapters.api._asyncio import AsyncioTransport
from minimax_adapters.api._failures import failure
from minimax_adapters.api._http11 import Reply
from minimax_adapters.api._urllib3 import Urllib3Transport

if TYPE_CHECKING:
    import ssl

Make: TypeAlias = Callable[[], httpx.BaseTransport]
OURS: Final[list[Make]] = [Urllib3Transport, lambda: OnALoop(AsyncioTransport())]
TRANSPORTS: Final[list[Make]] = [httpx.HTTPTransport, *OURS]
REPLIES: Final[dict[str, bytes]] = {
    "whole": WHOLE,
    "no_reason": WHOLE.replace(b" OK", b""),
    "old": WHOLE.replace(b"1.1", b"1.0"),
    "until_the_end": OK + b"\r\nhello",
    "chunks": CHUNKED + b"5\r\nhello\r\n6;name=value\r\n world\r\n0\r\n\r\n",
    "chunks_and_blanks": OK + b"Transfer-Encoding:\tchunked \r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    "trailers": CHUNKED + b"5\r\nhello\r\n0\r\nTrailing: header\r\n\r\n",
    "latin_header": WHOLE.replace(b"\r\n\r\n", b"\r\nReason: caf\xe9\r\n\r\n"),
    "blank_in_header": WHOLE.replace(b"\r\n\r\n", b"\r\nReason:  two words \r\n\r\n"),
    "folded_header": WHOLE.replace(b"\r\n\r\n", b"\r\nReason: two\r\n words\r\n\r\n"),
    "continue": b"HTTP/1.1 100 Continue\r\n\r\n" + WHOLE,
    "hints": b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 102 On\r\n\r\n" + WHOLE,
    "no_content": b"HTTP/1.1 204 No Content\r\n\r\n",
    "no_content_in_chunks": b"HTTP/1.1 204 None\r\nTransfer-Encoding: chunked\r\n\r\n",
    "redirect": b"HTTP/1.1 307 Away\r\nLocation: /b\r\nContent-Length: 0\r\n\r\n",
    "cookie": WHOLE.replace(b"\r\n\r\n", b"\r\nSet-Cookie: a=b\r\n\r\n"),
    "compressed": WHOLE.replace(b"\r\n\r\n", b"\r\nContent-Encoding: gzip\r\n\r\n"),
    "unauthorized": WHOLE.replace(b"200 OK", b"401 No"),
    "nothing": b"",
    "half_a_status_line": b"HTTP/1.1 200 ",
    "half_a_head": OK + b"Content-Le",
    "head_without_an_end": OK + b"Content-Type: text/plain\r\n",
    "carriage_return_in_header": OK + b"A: b\rTransfer-Encoding: chunked\r\n\r\nhello",
    "nul_in_header": OK + b"A: b\0\r\nContent-Length: 5\r\n\r\nhello",
    "new_lines_only": WHOLE.replace(b"\r\n", b"\n"),
    "folded_coding": CHUNKED.replace(b"chunked", b"chunked\r\n x") + b"5\r\nhello\r\n0\r\n\r\n",
    "folded_length": OK + b"Content-Length:\r\n 5\r\n\r\nhello",
    "not_http": b"220 ready\r\n\r\n",
    "other_version": WHOLE.replace(b"HTTP/1.1", b"HTTP/3"),
    "status_of_no_class": WHOLE.replace(b"200", b"000"),
    "status_is_no_number": WHOLE.replace(b"200", b"two"),
    "short_body": OK + b"Content-Length: 9\r\n\r\nhello",
    "cut_in_a_chunk": CHUNKED + b"9\r\nhello",
    "cut_after_a_chunk": CHUNKED + b"5\r\nhello\r\n",
    "cut_in_a_size": CHUNKED + b"5\r\nhello\r\n1",
    "chunk_of_no_size": CHUNKED + b"5\r\nhello\r\nsix\r\nworlds\r\n0\r\n\r\n",
    "chunk_of_signed_size": CHUNKED + b"5\r\nhello\r\n+6\r\nworlds\r\n0\r\n\r\n",
    "chunk_of_padded_size": CHUNKED + b"00005 \r\nhello\r\n0a\r\nworld cups\r\n000\r\n\r\n",
    "chunk_of_negative_size": CHUNKED + b"5\r\nhello\r\n-6\r\nworlds\r\n0\r\n\r\n",
    "chunk_beyond_all": CHUNKED + b"f" * 24 + b"\r\nhello\r\n0\r\n\r\n",
    "chunk_ends_in_a_new_line": CHUNKED + b"5\nhello\n0\n\n",
    "endless_trailer": CHUNKED + b"0\r\nLong: " + b"x" * 200_000 + b"\r\n\r\n",
    "chunk_longer_than_its_size": CHUNKED + b"5\r\nhello\r\n3\r\nworld\r\n0\r\n\r\n",
    "header_without_a_name": OK + b"nonsense\r\nContent-Length: 5\r\n\r\nhello",
    "endless_header": OK + b"Long: " + b"x" * 200_000 + b"\r\n\r\n",
    "length_is_no_number": OK + b"Content-Length: five\r\n\r\nhello",
    "negative_length": OK + b"Content-Length: -5\r\n\r\nhello",
    "two_lengths": OK + b"Content-Length: 5\r\nContent-Length: 4\r\n\r\nhello",
    "unknown_coding": OK + b"Transfer-Encoding: gzip, chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
}


@pytest.mark.parametrize("reply", REPLIES)
@pytest.mark.sampled(share=0.25)
def test_a_reply_means_what_it_means_to_httpx(reply: str) -> None:
    """Its status, headers and body, or the class of the error and what had come before it."""
    said: Said = [REPLIES[reply]]
    with Host(*[said] * len(TRANSPORTS), stay=False) as host:
        outcomes = []
        for make in TRANSPORTS:
            with make() as transport:
                outcomes.append(ended(transport, host.url))

    assert outcomes == outcomes[:1] * len(TRANSPORTS)


@pytest.mark.parametrize("reply", ["whole", "chunks", "chunk_of_padded_size", "hints", "old"])
@pytest.mark.sampled(share=0.15)
@pytest.mark.parametrize("make", OURS)
def test_a_reply_may_break_off_anywhere(make: Make, reply: str, no_tls: ssl.SSLContext) -> None:
    """After any byte, also one that could be the last of a shorter reply."""
    said = REPLIES[reply]
    with Host(stay=False) as host:
        for taken in range(len(said)):
            host.replies = [[said[:taken]]] * 2
            with httpx.HTTPTransport(verify=no_tls) as known, make() as transport:
                assert ended(transport, host.url) == ended(known, host.url)


@pytest.mark.parametrize("reply", REPLIES)
@pytest.mark.sampled(share=0.2)
def test_it_does_not_matter_where_reads_are_cut(reply: str) -> None:
    """Byte for byte, or nearly so where there are many."""
    said = REPLIES[reply]

    assert _read(said, 1 + len(said) // 1000) == _read(said, 65536)


def _read(said: bytes, step: int) -> tuple[object, ...]:
    """Return what a response is that comes in steps of so many bytes, and how it ends."""
    received, body = (said[at : at + step] for at in range(0, len(said), step)), b""
    try:
        reply = Reply()
        while not reply.is_begun:
            reply.feed(next(received, b""))
        while (taken := reply.take()) != b"":
            body += taken or b""
            if taken is None:
                reply.feed(next(received, b""))
    except httpx.RemoteProtocolError as error:
        return type(error), body
    return reply.status, reply.headers, reply.stays, body


@pytest.mark.parametrize("place", ["refused", "full", "no_tls", "cut", "unknown"])
def test_a_host_out_of_reach_is_what_it_is_to_httpx(
    place: str, unused_port: int, full_port: int, request: pytest.FixtureRequest
) -> None:
    """Nothing was sent then, and only then: another host may be asked at once."""
    with Host() as plain, Host([], [], [], stay=False) as cutting:
        url = {
            "refused": f"http://127.0.0.1:{unused_port}/",
            "full": f"http://127.0.0.1:{full_port}/",
            "no_tls": plain.url.replace("http", "https", 1),
            "cut": cutting.url,
            "unknown": "https://no-such-host.invalid/",
        }[place]
        if place == "unknown":
            request.getfixturevalue("unknown_names")
        outcomes = []
        for make in TRANSPORTS:
            with make() as transport, pytest.raises(httpx.TransportError) as caught:
                transport.handle_request(post(url, connect=0.1))
            failed = failure(caught.value, received=False)
            outcomes.append((caught.type, type(failed), failed.retryable, str(failed)[:20]))

    assert outcomes == outcomes[:1] * len(TRANSPORTS)
    nothing_sent = caught.type in {httpx.ConnectError, httpx.ConnectTimeout}
    assert nothing_sent == (place != "cut")


@pytest.mark.parametrize("content", [b"", b"{}", b"word " * 50_000], ids=["none", "small", "large"])
def test_a_request_has_the_bytes_that_httpx_sends(content: bytes) -> None:
    """No header is added, and none is written otherwise."""
    with Host() as host:
        for make in TRANSPORTS:
            with make() as transport:
                request = post(host.url, content, Named="value")
                transport.handle_request(request).read()

        assert len({request for _, request in host.heard}) == 1
        assert b"user-agent" not in host.heard[0][1].lower()


@pytest.mark.parametrize("make", TRANSPORTS)
def test_a_header_cannot_smuggle_another(make: Make) -> None:
    """It fails before anything is sent."""
    with Host() as host, make() as transport, pytest.raises(httpx.LocalProtocolError) as caught:
        transport.handle_request(post(host.url, Named="value\r\nOther: secret"))

    assert host.heard == []
    assert make not in OURS or "secret" not in str(caught.value)
