// Lines of access logs that are begun when a tunnel begins and filled in when it ends.

#include "exchange/tunnel_log.h"

#include "model/template.h"
#include "tests/unit/exchange/fixture.h"
#include "tests/unit/model/table_source.h"

namespace gatehouse::exchange {
namespace {

using model::VariableId;
using model::VariableRef;

model::Template text_with(std::initializer_list<model::Template::Part> parts) {
    return model::Template(std::vector<model::Template::Part>(parts));
}
VariableRef variable(VariableId id) { return {.id = id, .slot = 0, .argument = {}}; }
VariableRef map_variable(std::uint16_t slot) { return {.id = VariableId::map, .slot = slot, .argument = {}}; }

std::shared_ptr<model::AccessLog> log_of(model::Template line) {
    auto format = std::make_shared<model::LogFormat>();
    format->line = std::move(line);
    auto log = std::make_shared<model::AccessLog>();
    log->path = "/log";
    log->format = std::move(format);
    return log;
}

struct TunnelLogTest : testing::Test {
    ExchangeWorld world{"server { listen 80; }"};
    WorkerState& worker = world.worker();
    loop::TimePoint now = worker.loop.now();

    // A tunnel that never ran.
    [[nodiscard]] std::unique_ptr<Tunnel> tunnel() {
        const int fd = worker.loop.backend().socket(AF_INET, SOCK_STREAM);
        auto connection = std::make_unique<upstream::Connection>(worker.loop, fd, nullptr);
        return std::make_unique<Tunnel>(world.client().stream, std::move(connection),
                                        upstream::EndpointLease(), TunnelSettings());
    }
};

TEST_F(TunnelLogTest, fills_in_what_is_known_at_the_end_and_keeps_the_rest) {
    const auto log = log_of(text_with(
        {"<", variable(VariableId::remote_addr), "> ", variable(VariableId::bytes_sent), "/",
         variable(VariableId::body_bytes_sent), " ", variable(VariableId::upstream_bytes_received), " ",
         variable(VariableId::upstream_first_byte_time), ".", variable(VariableId::request_uri)}));
    TunnelLog tunnel_log({.connection_opened = now, .began = now, .attempt_began = now, .head_bytes = 5});
    {
        model::TableSource source({{"remote_addr", "a\"b"}});
        tunnel_log.begin({log}, source, [](VariableId id) {
            return id == VariableId::upstream_bytes_received ? std::string("7, ") : std::string();
        });
    }
    const auto made = tunnel();
    made->traffic() = {.from_client = 1, .to_client = 25, .from_endpoint = 300, .to_endpoint = 4};
    tunnel_log.finish(worker, made->facts());
    EXPECT_EQ(worker.logs.lines_for(*log), "<a\\x22b> 25/20 7, 300 -.-\n");
}

TEST_F(TunnelLogTest, asks_a_condition_when_it_begins) {
    const auto log = log_of(text_with({"line"}));
    log->condition = text_with({variable(VariableId::remote_addr)});
    for (const auto& [value, lines] : {std::pair{"0", ""}, std::pair{"yes", "line\n"}}) {
        worker.logs.lines_for(*log).clear();
        TunnelLog tunnel_log({.connection_opened = now, .began = now, .attempt_began = now});
        model::TableSource source({{"remote_addr", value}});
        tunnel_log.begin({log}, source, [](VariableId) { return std::string(); });
        tunnel_log.finish(worker, tunnel()->facts());
        EXPECT_EQ(worker.logs.lines_for(*log), lines);
    }
}

TEST_F(TunnelLogTest, cannot_begin_where_a_map_or_condition_waits_for_the_end) {
    auto early = std::make_shared<model::MapBlock>(), late = std::make_shared<model::MapBlock>(),
         later = std::make_shared<model::MapBlock>();
    early->subject = text_with({variable(VariableId::remote_addr)});
    late->subject = text_with({variable(VariableId::bytes_sent)});
    later->subject = text_with({variable(VariableId::remote_addr)});
    later->exact.emplace("x", text_with({"a", map_variable(1)}));
    model::Model model;
    model.maps = {early, late, later};
    const auto can_begin = [&](const std::shared_ptr<const model::AccessLog>& log) {
        return TunnelLog::can_begin({log}, model);
    };
    EXPECT_TRUE(can_begin(log_of(text_with({variable(VariableId::bytes_sent), map_variable(0)}))));
    EXPECT_FALSE(can_begin(log_of(text_with({map_variable(1)}))));
    EXPECT_FALSE(can_begin(log_of(text_with({map_variable(0), map_variable(2)}))));
    auto conditional = log_of(text_with({"line"}));
    conditional->condition = text_with({variable(VariableId::bytes_sent)});
    EXPECT_FALSE(can_begin(conditional));
    auto named = log_of(text_with({"line"}));
    named->run_time_path = text_with({"/logs/", variable(VariableId::remote_addr)});
    EXPECT_FALSE(can_begin(named));
}

}   // namespace
}   // namespace gatehouse::exchange
