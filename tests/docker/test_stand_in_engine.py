"""What is known of the containers of engines that are large, slow, broken or not there."""

from raw import eventually
from stand_in_engine import StandInEngine


def expect_truth(engine: StandInEngine, watcher) -> None:
    """All that is known is as it is."""
    def known() -> dict:
        return {container: (facts["name"], facts["running"], facts["health"], facts["labels"])
                for container, facts in dict(watcher.containers).items()}

    def true() -> dict:
        return {container: (facts["name"], facts["running"], facts["health"], facts["labels"])
                for container, facts in engine.containers.items()}

    eventually(lambda: known() == true(), "what is known is true", 30)


def test_thousands_of_containers_are_known_after_one_inspection_each(stand_in, watch):
    for number in range(2000):
        stand_in.run(f"c{number}", {"number": str(number)})
    watcher = watch(stand_in.endpoint)
    expect_truth(stand_in, watcher)
    asked = stand_in.inspections()
    assert asked <= 2000 + 256, "once each, and again those whose events are told again"
    stand_in.run("one more", {"a": "b"})
    expect_truth(stand_in, watcher)
    assert stand_in.inspections() == asked + 1


def test_an_engine_behind_tcp_and_a_name(watch):
    engine = StandInEngine()
    try:
        engine.run("a")
        expect_truth(engine, watch(engine.endpoint))
        expect_truth(engine, watch(f"tcp://localhost:{engine.port}"))
        expect_truth(engine, watch(f"http://localhost:{engine.port}"))
    finally:
        engine.close()


def test_an_engine_that_is_not_there_yet_is_waited_for(tmp_path_factory, watch):
    path = tmp_path_factory.mktemp("e") / "sock"
    watcher = watch(f"unix://{path}")
    watcher.until_reported("no container is known")
    assert not watcher.calls
    engine = StandInEngine(path)
    try:
        engine.run("a")
        expect_truth(engine, watcher)
        watcher.until_reported("back after")
    finally:
        engine.close()


def test_an_engine_that_forgot_what_happened_is_asked_only_what_changed(stand_in, watch):
    made = [stand_in.run(f"c{number}") for number in range(300)]
    watcher = watch(stand_in.endpoint)
    expect_truth(stand_in, watcher)
    stand_in.stop()
    watcher.until_reported("what is known of its containers stays")
    assert len(watcher.containers) == 300
    stand_in.die(made[0])
    stand_in.remove(made[1])
    stand_in.change(made[2], health="unhealthy")
    stand_in.events.clear()
    asked = stand_in.inspections()
    stand_in.listen()
    expect_truth(stand_in, watcher)
    assert stand_in.inspections() == asked + 2


def test_a_storm_of_events_ends_in_the_truth(stand_in, watch):
    made = [stand_in.run(f"c{number}") for number in range(100)]
    watcher = watch(stand_in.endpoint)
    watcher.until_first()
    for _ in range(30):
        for container in made:
            stand_in.kill(container)
            stand_in.die(container)
            stand_in.start(container)
    for container in made[:50]:
        stand_in.die(container)
        stand_in.remove(container)
    expect_truth(stand_in, watcher)


def test_inspections_that_end_half_way_are_asked_for_again(stand_in, watch):
    for number in range(50):
        stand_in.run(f"c{number}")
    stand_in.halves = 20
    expect_truth(stand_in, watch(stand_in.endpoint))


def test_an_engine_that_sleeps_tells_what_happened_when_it_wakes(stand_in, watch):
    made = [stand_in.run(f"c{number}") for number in range(20)]
    watcher = watch(stand_in.endpoint)
    expect_truth(stand_in, watcher)
    stand_in.awake.clear()
    calls = len(watcher.calls)
    for container in made[:10]:
        stand_in.die(container)
    assert len(watcher.calls) == calls
    stand_in.awake.set()
    expect_truth(stand_in, watcher)


def test_a_container_that_is_too_large_harms_no_other(stand_in, watch):
    large = stand_in.run("large", {"rule": "x" * (5 << 20)})
    small = stand_in.run("small", {"many": "y" * 100_000})
    watcher = watch(stand_in.endpoint)
    watcher.until(large, "it is refused", problem="its description is larger than 4 MiB")
    watcher.until(small, "it is taken", problem="", name="small")
