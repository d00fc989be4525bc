"""The configuration with very many locations and server names, and requests that spread over them."""


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
