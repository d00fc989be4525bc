"""gRPC when something ends it: deadlines, cancellation from either side, endpoints that die or leave."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator

import grpc
import h2.errors
import pytest
from conftest import Lab
from gateway import Gateway
from grpc_lab import PATIENCE, SERVICE, Server, channel_to, gateway_to, server, status_of, unary
from h2_origins import Call, H2Origin

pytestmark = pytest.mark.gatehouse("Debian's nginx has no `http2` directive")

KINDS = ["hang_up", "hang_down", "hang_both"]


def gateway_to_all(lab: Lab, endpoints: list[Server], directives: str = "") -> Gateway:
    servers = "".join(f"server {endpoint};" for endpoint in endpoints)
    return lab.gateway(f"""upstream pool {{ {servers} {directives} }}
        server {{ listen 127.0.0.1:%port%; http2 on; location / {{ grpc_pass pool; }} }}""")


def test_a_deadline_is_passed_on_and_kept(lab: Lab) -> None:
    endpoint = server(lab)
    with channel_to(gateway_to(lab, endpoint)) as channel:
        endpoint.service.go_on.set()
        assert 500 <= int(unary(channel, "wait", timeout=600)) <= 600
        endpoint.service.go_on.clear()
        endpoint.service.cancelled.clear()
        assert status_of(channel, "wait", timeout=0.3)[0] == grpc.StatusCode.DEADLINE_EXCEEDED
    assert endpoint.service.cancelled.wait(PATIENCE)


def test_a_cancelled_call_is_cancelled_at_the_endpoint(lab: Lab) -> None:
    endpoint = server(lab)
    with channel_to(gateway_to(lab, endpoint)) as channel:
        call = channel.unary_unary(SERVICE + "wait").future(b"x", timeout=PATIENCE)
        assert endpoint.service.asked.acquire(timeout=PATIENCE)
        call.cancel()
        assert endpoint.service.cancelled.wait(PATIENCE)
        assert unary(channel, "echo") == b"x"   # the connections live on


def test_an_endpoint_that_dies_in_the_middle(lab: Lab) -> None:
    def begin(call: Call) -> None:
        call.peer.head(call.stream, [(":status", "200"), ("content-type", "application/grpc")])
        call.peer.data(call.stream, b"\0\0\0\0\5first")
        assert go_on.wait(PATIENCE)
        call.peer.close()

    go_on = threading.Event()
    endpoint = H2Origin(script=lambda call: None, begin=begin)
    lab.origins.append(endpoint)
    with channel_to(gateway_to(lab, endpoint)) as channel:
        received = channel.unary_stream(SERVICE + "half")(b"x", timeout=PATIENCE)
        assert next(received) == b"first"
        go_on.set()
        with pytest.raises(grpc.RpcError) as caught:
            next(received)
        assert caught.value.code() == grpc.StatusCode.UNAVAILABLE


def test_goaway_before_a_call_was_served_is_no_error(lab: Lab) -> None:
    def script(call: Call) -> None:
        if len(endpoint.calls) == 1:
            call.peer.go_away(0)
        else:
            call.answer(b"\0\0\0\0\1y", ("content-type", "application/grpc"),
                        trailers=[("grpc-status", "0")])

    endpoint = H2Origin(script)
    lab.origins.append(endpoint)
    with channel_to(gateway_to(lab, endpoint)) as channel:
        assert unary(channel, "echo") == b"y"
    assert len(endpoint.peers) == 2


def test_nobody_listens(lab: Lab) -> None:
    with channel_to(gateway_to(lab, f"127.0.0.1:{lab.free_port()}")) as channel:
        code, details = status_of(channel, "echo")
        assert (code, details) == (grpc.StatusCode.UNAVAILABLE, "502 Bad Gateway")


def test_an_endpoint_that_takes_too_long(lab: Lab) -> None:
    with channel_to(gateway_to(lab, server(lab), "grpc_read_timeout 200ms;")) as channel:
        assert status_of(channel, "wait") == (grpc.StatusCode.UNAVAILABLE, "504 Gateway Time-out")


def test_calls_are_balanced(lab: Lab) -> None:
    one, other = server(lab), server(lab)
    gateway = lab.gateway(f"""upstream pool {{ server {one}; server {other}; }}
        server {{ listen 127.0.0.1:%port%; http2 on; location / {{ grpc_pass pool; }} }}""")
    with channel_to(gateway) as channel:
        for _ in range(10):
            assert unary(channel, "echo") == b"x"
    assert (len(one.service.metadata), len(other.service.metadata)) == (5, 5)


def test_quitting_lets_a_call_end(lab: Lab) -> None:
    endpoint = server(lab)
    gateway = gateway_to(lab, endpoint)
    with channel_to(gateway) as channel:
        received = channel.unary_stream(SERVICE + "half")(b"x", timeout=PATIENCE)
        assert next(received) == b"first"
        gateway.signal(signal.SIGQUIT)
        endpoint.service.go_on.set()
        assert next(received) == b"second"


def begin(channel: grpc.Channel, name: str, stop: threading.Event, **options):
    """A call of one of KINDS, whose client has sent one message and says no more until `stop`."""

    def messages() -> Iterator[bytes]:
        yield b"only"
        stop.wait(PATIENCE)

    if name == "hang_up":
        return channel.stream_unary(SERVICE + name).future(messages(), **options)
    if name == "hang_down":
        return channel.unary_stream(SERVICE + name)(b"x", **options)
    return channel.stream_stream(SERVICE + name)(messages(), **options)


@pytest.mark.parametrize("kind", KINDS)
def test_a_cancelled_stream_is_cancelled_at_the_endpoint(lab: Lab, kind: str) -> None:
    endpoint, stop = server(lab), threading.Event()
    with channel_to(gateway_to(lab, endpoint)) as channel:
        call = begin(channel, kind, stop, timeout=PATIENCE)
        assert endpoint.service.asked.acquire(timeout=PATIENCE)
        call.cancel()
        assert endpoint.service.cancelled.wait(PATIENCE)
        stop.set()
        endpoint.service.go_on.set()
        assert unary(channel, "echo") == b"x"   # the connections live on


@pytest.mark.parametrize("kind", KINDS)
def test_the_deadline_of_a_stream(lab: Lab, kind: str) -> None:
    endpoint, stop = server(lab), threading.Event()
    with channel_to(gateway_to(lab, endpoint)) as channel:
        call = begin(channel, kind, stop, timeout=0.5)
        assert call.code() == grpc.StatusCode.DEADLINE_EXCEEDED   # waits for it
        if endpoint.service.asked.acquire(timeout=PATIENCE):
            assert endpoint.service.cancelled.wait(PATIENCE)
        stop.set()
        endpoint.service.go_on.set()


@pytest.mark.parametrize("after_head", [False, True])
def test_an_endpoint_that_cancels_a_call(lab: Lab, after_head: bool) -> None:
    def script(call: Call) -> None:
        if len(endpoint.calls) > 1:
            return call.answer(b"\0\0\0\0\1y", ("content-type", "application/grpc"),
                               trailers=[("grpc-status", "0")])
        if after_head:
            call.peer.head(call.stream, [(":status", "200"), ("content-type", "application/grpc")])
        call.peer.reset(call.stream, h2.errors.ErrorCodes.CANCEL)
        return None

    endpoint = H2Origin(script)
    lab.origins.append(endpoint)
    with channel_to(gateway_to(lab, endpoint)) as channel:
        assert status_of(channel, "echo")[0] == grpc.StatusCode.UNAVAILABLE
        assert unary(channel, "echo") == b"y"
    assert len(endpoint.peers) == 1


def test_an_endpoint_that_dies_is_not_asked(lab: Lab) -> None:
    endpoints = [server(lab) for _ in range(3)]
    with channel_to(gateway_to_all(lab, endpoints)) as channel:
        for number in range(30):
            if number == 10:
                endpoints[1].close()
            assert unary(channel, "echo", b"%d" % number) == b"%d" % number
    assert [len(one.service.metadata) > 5 for one in endpoints] == [True, False, True]


def test_only_the_calls_of_an_endpoint_that_dies_are_lost(lab: Lab) -> None:
    endpoints = [server(lab), server(lab)]
    with channel_to(gateway_to_all(lab, endpoints)) as channel:
        calls = [channel.unary_stream(SERVICE + "half")(b"x", timeout=PATIENCE) for _ in range(4)]
        assert [next(call) for call in calls] == [b"first"] * 4
        endpoints[0].server.stop(None).wait(PATIENCE)
        endpoints[1].service.go_on.set()
        ends = []
        for call in calls:
            try:
                ends.append(next(call))
            except grpc.RpcError as error:
                ends.append(error.code())
    assert sorted(map(str, ends)) == sorted(map(str, [b"second"] * 2 + [grpc.StatusCode.UNAVAILABLE] * 2))


def test_an_endpoint_that_leaves_in_order_loses_nothing(lab: Lab) -> None:
    endpoints = [server(lab), server(lab)]
    with channel_to(gateway_to_all(lab, endpoints)) as channel:
        calls = [channel.unary_stream(SERVICE + "half")(b"x", timeout=PATIENCE) for _ in range(4)]
        assert [next(call) for call in calls] == [b"first"] * 4
        gone = endpoints[0].leave()
        assert [unary(channel, "echo") for _ in range(10)] == [b"x"] * 10
        for endpoint in endpoints:
            endpoint.service.go_on.set()
        assert [next(call) for call in calls] == [b"second"] * 4
        assert gone.wait(PATIENCE)
