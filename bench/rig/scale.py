"""Configurations of very many locations and server names, or routers, and requests that spread over them."""


def configuration(count):
    """nginx blocks for the http level: `count` servers of one name each, and one server of `count` locations.

    The sizes of the hash are what nginx asks for at 10,000 names.
    """
    servers = "".join(f"    server {{ listen 127.0.0.1:@port; server_name site{i}.example;"
                      " location / { proxy_pass http://origin; } }\n" for i in range(count))
    locations = "".join(f"        location /place{i}/ {{ proxy_pass http://origin; }}\n"
                        for i in range(count))
    return ("server_names_hash_max_size 32768;\n    server_names_hash_bucket_size 64;\n" + servers
            + "    server {\n        listen 127.0.0.1:@port;\n        server_name places.example;\n"
            + locations + "    }\n")


def write_targets(path, count, asked):
    """One request for each of `asked` names and as many locations, evenly spread over all; the path."""
    with open(path, "w", encoding="ascii") as file:
        for i in range(0, count, count // asked):
            file.write(f"site{i}.example /128\nplaces.example /place{i}/128\n")
    return path


def _router(i):
    """The rule of a router, and the host and path of a request for it: five kinds in turn."""
    kinds = [
        (f"Host(`site{i}.example`)", f"site{i}.example", "/128"),
        (f"Host(`shop{i % 9}.example`) && PathPrefix(`/part{i}/`)", f"shop{i % 9}.example", f"/part{i}/128"),
        (f"PathPrefix(`/place{i}/`)", "places.example", f"/place{i}/128"),
        (f"HostRegexp(`^app{i}[.](red|blue)[.]example$`)", f"app{i}.blue.example", "/128"),
        (f"(Host(`a{i}.example`) || Host(`b{i}.example`)) && Method(`GET`)", f"b{i}.example", "/128"),
    ]
    return kinds[i % len(kinds)]


def write_routers(path, count, origin_port):
    """Traefik's dynamic configuration of so many routers, and one that answers the rig's question."""
    with open(path, "w", encoding="ascii") as file:
        file.write("http:\n  services:\n    origin:\n      loadBalancer:\n        servers:\n"
                   f"          - url: http://127.0.0.1:{origin_port}\n"
                   "  routers:\n    probe: {rule: 'Host(`localhost`)', service: origin}\n")
        for i in range(count):
            file.write(f"    router{i}: {{rule: '{_router(i)[0]}', service: origin}}\n")


def write_router_targets(path, count, asked):
    """One request for each of `asked` routers, spread over all kinds; the path."""
    with open(path, "w", encoding="ascii") as file:
        for n in range(asked):
            i = n if asked == count else n + n // 5 * 5 * (count // asked - 1)
            file.write(" ".join(_router(i)[1:]) + "\n")
    return path
