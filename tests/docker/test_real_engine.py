"""What is known of the containers of a real Docker engine."""


def test_a_container_is_known_as_the_engine_describes_it(dockerd, watch):
    running = dockerd.run("first", {"traefik.http.routers.a.rule": "Host(`a.test`)"})
    created = dockerd.create("created", StopSignal="SIGQUIT")
    watcher = watch(dockerd.endpoint)
    known = watcher.until(running, "it runs", running=True)
    assert known["name"] == "first"
    assert known["labels"] == {"traefik.http.routers.a.rule": "Host(`a.test`)"}
    assert known["networks"] == {"bridge": dockerd.inspect(running)["NetworkSettings"]["IPAddress"]}
    assert sorted(port["number"] for port in known["ports"]) == [8080, 9000]
    known = watcher.until(created, "it was only created", running=False, stop_signal="SIGQUIT")
    assert sorted(port["number"] for port in known["ports"]) == [8080, 9000]
    assert len(watcher.calls) == 1


def test_a_started_container_becomes_known(dockerd, watch):
    watcher = watch(dockerd.endpoint)
    watcher.until_first()
    container = dockerd.run("started", {"a": "b"})
    watcher.until(container, "it runs", running=True, name="started", labels={"a": "b"})


def test_a_container_stops_being_used_before_it_dies(dockerd, watch):
    container = dockerd.run("stopped", StopSignal="SIGQUIT")
    watcher = watch(dockerd.endpoint)
    watcher.until(container, "it runs", running=True)
    dockerd.act(container, "kill?signal=HUP")
    dockerd.act(container, "stop")
    watcher.until(container, "it died", running=False, stopping=False)
    told = [(facts["running"], facts["stopping"]) for facts in watcher.told(container)[:3]]
    assert told == [(True, False), (True, True), (False, False)]
    dockerd.act(container, "start")
    watcher.until(container, "it runs again", running=True, stopping=False)
    assert dockerd.inspect(container)["NetworkSettings"]["IPAddress"] != ""
    watcher.until(container, "at its new address",
                  networks={"bridge": dockerd.inspect(container)["NetworkSettings"]["IPAddress"]})


def test_all_that_can_change_is_followed(dockerd, watch):
    check = {"Test": ["CMD", "/resident", "check"], "Interval": 1_000_000_000}
    container = dockerd.run("changing", Healthcheck=check)
    watcher = watch(dockerd.endpoint)
    watcher.until(container, "its health check found no fault", health="healthy")
    dockerd.act(container, "pause")
    watcher.until(container, "it is paused", paused=True)
    dockerd.act(container, "unpause")
    watcher.until(container, "it goes on", paused=False)
    dockerd.act(container, "rename?name=renamed")
    watcher.until(container, "it is renamed", name="renamed")
    network = dockerd.call("POST", "/networks/create", {"Name": "backend"})["Id"]
    dockerd.call("POST", f"/networks/{network}/connect", {"Container": container})
    networks = dockerd.inspect(container)["NetworkSettings"]["Networks"]
    assert set(networks) == {"bridge", "backend"}
    watcher.until(container, "it is on two networks",
                  networks={name: network["IPAddress"] for name, network in networks.items()})
    dockerd.call("POST", f"/networks/{network}/disconnect", {"Container": container})
    watcher.until(container, "it is on one", networks={"bridge": networks["bridge"]["IPAddress"]})
    dockerd.remove(container)
    watcher.until_gone(container)


def test_published_ports_are_known_with_their_bindings(dockerd, watch):
    bindings = {"8080/tcp": [{"HostIp": "127.0.0.1", "HostPort": "18080"}]}
    container = dockerd.run("published", HostConfig={"PortBindings": bindings})
    watcher = watch(dockerd.endpoint)
    known = watcher.until(container, "it runs", running=True)
    ports = {port["number"]: port["bindings"] for port in known["ports"]}
    assert ports == {8080: [["127.0.0.1", 18080]], 9000: []}


def test_many_containers_at_once(dockerd, watch):
    watcher = watch(dockerd.endpoint)
    watcher.until_first()
    made = [dockerd.run(f"many-{number}") for number in range(12)]
    for container in made:
        watcher.until(container, "it runs", running=True)
    for container in made:
        dockerd.remove(container)
    for container in made:
        watcher.until_gone(container)


def test_an_engine_that_is_restarted_is_followed_on(dockerd, watch):
    lasting = dockerd.run("lasting", HostConfig={"RestartPolicy": {"Name": "always"}})
    ending = dockerd.run("ending")
    watcher = watch(dockerd.endpoint)
    watcher.until(lasting, "it runs", running=True)
    watcher.until(ending, "it runs", running=True)
    dockerd.stop()
    watcher.until_reported("what is known of its containers stays")
    assert lasting in watcher.containers
    dockerd.start()
    watcher.until_reported("back after")
    address = dockerd.inspect(lasting)["NetworkSettings"]["IPAddress"]
    watcher.until(lasting, "it runs again", running=True, networks={"bridge": address})
    watcher.until(ending, "it ended", running=False)
    dockerd.remove(ending)
    watcher.until_gone(ending)
    assert len(watcher.reports) == 2, watcher.reports
