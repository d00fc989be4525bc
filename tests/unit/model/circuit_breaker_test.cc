// Windows of traffic, expressions about them, and the circuit they break.

#include "model/filters/circuit_breaker.h"

#include "model/filters/status_ranges.h"

#include <gtest/gtest.h>

namespace gatehouse::model {
namespace {

using namespace std::chrono_literals;
using State = Circuit::State;

TEST(traffic_window, counts_the_last_ten_seconds) {
    TrafficWindow traffic;
    traffic.add(502, 1ms, 100s);
    traffic.add(504, 1ms, 101s);
    traffic.add(500, 1ms, 105s);
    traffic.add(200, 1ms, 109s);
    EXPECT_DOUBLE_EQ(traffic.network_error_ratio(109s), 0.5);
    EXPECT_DOUBLE_EQ(traffic.status_ratio(500, 600, 0, 600, 109s), 0.75);
    EXPECT_DOUBLE_EQ(traffic.status_ratio(500, 501, 200, 502, 109s), 0.5);
    EXPECT_DOUBLE_EQ(traffic.network_error_ratio(110s), 1.0 / 3) << "the first is over";
    EXPECT_EQ(traffic.requests(200s), 0U);
    EXPECT_DOUBLE_EQ(traffic.network_error_ratio(200s), 0);
}

TEST(traffic_window, knows_latencies_to_a_few_percent) {
    TrafficWindow traffic;
    for (int i = 1; i <= 100; ++i) traffic.add(200, std::chrono::milliseconds(i), 1s);
    EXPECT_NEAR(traffic.latency(50, 1s), 50, 4);
    EXPECT_NEAR(traffic.latency(99, 1s), 99, 8);
    EXPECT_NEAR(traffic.latency(0, 1s), 1, 0.1);
    EXPECT_DOUBLE_EQ(traffic.latency(50, 50s), 0);
}

bool holds(const std::string& text) {
    TrafficWindow traffic;   // of four: half network errors, 10 ms
    for (const int status : {200, 500, 502, 504}) traffic.add(status, 10ms, 1s);
    const auto expression = BreakerExpression::parse(text);
    EXPECT_TRUE(expression.has_value()) << text << ": " << expression.error().message;
    return expression->holds(traffic, 1s);
}

TEST(breaker_expression, compares) {
    EXPECT_TRUE(holds("NetworkErrorRatio() > 0.30"));
    EXPECT_FALSE(holds("NetworkErrorRatio()>0.5"));
    EXPECT_TRUE(holds("NetworkErrorRatio() >= 0.5"));
    EXPECT_TRUE(holds("NetworkErrorRatio() == 0.5"));
    EXPECT_FALSE(holds("NetworkErrorRatio() != 0.5"));
    EXPECT_TRUE(holds(" LatencyAtQuantileMS( 50.0 ) < 100"));
    EXPECT_TRUE(holds("ResponseCodeRatio(500, 600, 0, 600) <= 0.75"));
}

TEST(breaker_expression, joins) {
    constexpr auto yes = "NetworkErrorRatio() > 0", no = "LatencyAtQuantileMS(99) > 1000";
    const auto join = [&](const std::string& a, const std::string& op, const std::string& b) {
        return a + op + b;
    };
    EXPECT_TRUE(holds(join(yes, " || ", no)));
    EXPECT_FALSE(holds(join(yes, " && ", no)));
    EXPECT_TRUE(holds(join(yes, " && !(", no) + ")"));
    EXPECT_TRUE(holds(join(no, " && ", no) + " || " + yes)) << "&& binds closer";
    EXPECT_FALSE(holds(join(no, " && (", no) + " || " + yes + ")"));
}

TEST(breaker_expression, says_what_it_expected_and_where) {
    const auto error = [](const std::string& text) { return BreakerExpression::parse(text).error(); };
    EXPECT_EQ(error("").message, "expected LatencyAtQuantileMS, NetworkErrorRatio or ResponseCodeRatio");
    EXPECT_EQ(error("NetworkErrorRatio() > x").message, "expected a number");
    EXPECT_EQ(error("NetworkErrorRatio() > x").offset, 22U);
    EXPECT_EQ(error("NetworkErrorRatio() + 1").message, "expected one of > >= < <= == !=");
    EXPECT_EQ(error("NetworkErrorRatio(1) > 1").message, "expected \")\"");
    EXPECT_EQ(error("ResponseCodeRatio(1, 2) > 1").message, "expected \",\"");
    EXPECT_EQ(error("NetworkErrorRatio() > 1 NetworkErrorRatio()").message, "expected the end, && or ||");
    EXPECT_EQ(error(std::string(1000, '(')).message, "expected fewer parentheses");
    EXPECT_EQ(error(std::string(1000, '!')).message, "expected fewer parentheses");
}

CircuitBreaker breaker() {
    CircuitBreaker settings;
    settings.expression = BreakerExpression::parse("NetworkErrorRatio() > 0.5").value();
    return settings;
}

TEST(circuit, trips_rests_recovers_and_closes) {
    const auto settings = breaker();
    auto& circuit = *settings.circuit;
    EXPECT_TRUE(circuit.admits(settings, 1s));
    circuit.note(settings, 200, 1ms, 1s);
    EXPECT_EQ(circuit.state(), State::standby);
    circuit.note(settings, 502, 1ms, 2s);
    circuit.note(settings, 502, 1ms, 3s);
    EXPECT_EQ(circuit.state(), State::tripped);
    EXPECT_FALSE(circuit.admits(settings, 12s));
    EXPECT_FALSE(circuit.admits(settings, 13s)) << "recovering, at first with nobody";
    EXPECT_EQ(circuit.state(), State::recovering);
    int admitted = 0;
    for (int i = 0; i < 100; ++i) admitted += circuit.admits(settings, 18s) ? 1 : 0;
    EXPECT_NEAR(admitted, 50, 2) << "half of them, half way";
    EXPECT_TRUE(circuit.admits(settings, 23s));
    EXPECT_EQ(circuit.state(), State::standby);
}

TEST(circuit, trips_again_when_it_is_too_early) {
    const auto settings = breaker();
    auto& circuit = *settings.circuit;
    circuit.note(settings, 502, 1ms, 1s);
    ASSERT_EQ(circuit.state(), State::tripped);
    while (!circuit.admits(settings, 16s)) {
    }
    circuit.note(settings, 502, 1ms, 16s);
    EXPECT_EQ(circuit.state(), State::tripped);
    EXPECT_FALSE(circuit.admits(settings, 25s));
}

TEST(circuit, is_judged_only_so_often) {
    const auto settings = breaker();
    settings.circuit->note(settings, 200, 1ms, 1s);
    settings.circuit->note(settings, 502, 1ms, 1s + 10ms);
    settings.circuit->note(settings, 502, 1ms, 1s + 20ms);
    EXPECT_EQ(settings.circuit->state(), State::standby);
    settings.circuit->note(settings, 502, 1ms, 1s + 100ms);
    EXPECT_EQ(settings.circuit->state(), State::tripped);
}

TEST(status_ranges, are_read_as_configurations_write_them) {
    const auto ranges = StatusRanges::parse("500-599, 404").value();
    for (const int status : {500, 550, 599, 404}) EXPECT_TRUE(ranges.contains(status)) << status;
    for (const int status : {499, 600, 403, 405}) EXPECT_FALSE(ranges.contains(status)) << status;
    for (const auto* text : {"", "x", "5xx", "500-", "-599", "599-500", "99", "1000", "500,,"})
        EXPECT_FALSE(StatusRanges::parse(text)) << text;
}

}   // namespace
}   // namespace gatehouse::model
