// The first message of a TLS client: the outcome does not depend on how the input was cut, nor on how the
// message is spread over records, and what is read of it stood in the input.
#include "net/client_hello.h"
#include "tests/fuzz/property.h"

namespace {

using namespace gatehouse;
using namespace gatehouse::net;
using State = HelloProgress::State;

std::string outcome(const HelloProgress& progress, const ClientHello& hello) {
    if (progress.state == State::need_more) return "need more";
    if (progress.state == State::refused) return progress.rule;
    std::string text = std::to_string(hello.version) + " " + hello.server_name;
    for (const auto& name : hello.application_protocols) text += " " + name;
    return text;
}

void try_cuts(std::string_view input, const std::string& expected) {
    ClientHello hello;
    for (const auto cut : fuzz::cuts_of(input)) {
        const auto progress = parse_client_hello(input.substr(0, cut), hello);
        if (progress.state == State::need_more) continue;
        fuzz::require_equal(outcome(progress, hello), expected, "a hello, whole and cut");
        return;
    }
    fuzz::require_equal("need more", expected, "a hello that never ends");
}

// Takes the input as what records carry, in one and in many.
void try_records(std::string_view message) {
    const auto in_records = [&](std::size_t most) {
        std::string records;
        for (std::size_t at = 0; at < message.size(); at += most) {
            const auto part = message.substr(at, most);
            records += std::string("\x16\x03\x01", 3);
            records += static_cast<char>(part.size() >> 8U);
            records += static_cast<char>(part.size() & 0xffU);
            records += part;
        }
        ClientHello hello;
        const auto progress = parse_client_hello(records, hello);
        return outcome(progress, hello);
    };
    const auto expected = in_records(0xffff);
    for (const std::size_t most : {1, 7, 300})
        fuzz::require_equal(in_records(most), expected, "a hello in one record and in several");
}

}   // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    ClientHello hello;
    const auto progress = parse_client_hello(input, hello);
    try_cuts(input, outcome(progress, hello));
    if (progress.state == State::done)
        fuzz::require(hello.server_name.empty() || size > hello.server_name.size(), "a name has room");
    if (!input.empty() && size <= 0xffff) try_records(input);
    return 0;
}
