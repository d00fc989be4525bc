#include "model/wording.h"

#include <arpa/inet.h>

#include <array>
#include <utility>

#include "base/text.h"

namespace gatehouse::model {
namespace {

bool continues_a_name(const Template::Part& next) {
    const auto* literal = std::get_if<std::string>(&next);
    return literal != nullptr &&
           (is_alpha(literal->front()) || is_digit(literal->front()) || literal->front() == '_');
}

std::string with_name(std::uint16_t index, std::size_t count, const auto& name_at, std::string_view kind) {
    return index < count ? name_at(index) : std::string(kind) + ":" + std::to_string(index);
}

}   // namespace

std::string quoted(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') out += '\\';
        if (c == '\n') {
            out += "\\n";
        } else {
            out += c;
        }
    }
    return out + '"';
}

std::string in_words(std::chrono::milliseconds time) {
    const auto count = time.count();
    return count % 1000 == 0 ? std::to_string(count / 1000) + "s" : std::to_string(count) + "ms";
}

std::string in_words(const Regex& regex) { return "/" + regex.pattern() + "/"; }

std::string in_words(const Network& network) {
    std::array<char, INET6_ADDRSTRLEN> text{};
    switch (network.kind) {
        case Network::Kind::all: return "all";
        case Network::Kind::unix_sockets: return "unix:";
        case Network::Kind::ipv4: inet_ntop(AF_INET, network.address.data(), text.data(), text.size()); break;
        case Network::Kind::ipv6:
            inet_ntop(AF_INET6, network.address.data(), text.data(), text.size());
            break;
    }
    return std::string(text.data()) + "/" + std::to_string(network.prefix_bits);
}

std::string_view in_words(Balancing balancing) {
    switch (balancing) {
        case Balancing::round_robin: return "round robin";
        case Balancing::least_connections: return "least connections";
        case Balancing::ip_hash: return "client address hash";
        case Balancing::hash: return "hash";
        case Balancing::consistent_hash: return "consistent hash";
        case Balancing::random: return "random";
        case Balancing::random_two: return "random, the better of two";
        case Balancing::least_time: return "least time";
        case Balancing::rendezvous: return "rendezvous hash of the client address";
    }
    return "";
}

std::string Wording::of(const VariableRef& ref) const {
    switch (ref.id) {
        case VariableId::slot:
            return "$" + with_name(
                             ref.slot, model_.slots.size(), [&](auto i) { return model_.slots[i]; }, "slot");
        case VariableId::map:
            return "$" +
                   with_name(
                       ref.slot, model_.maps.size(), [&](auto i) { return model_.maps[i]->name; }, "map");
        default: return "$" + name_of(ref);
    }
}

std::string Wording::of(const Template& text) const {
    std::string out;
    const auto& parts = text.parts();
    for (std::size_t i = 0; i < parts.size(); ++i) {
        if (const auto* literal = std::get_if<std::string>(&parts[i])) {
            out += *literal;
            continue;
        }
        auto name = of(std::get<VariableRef>(parts[i]));
        if (i + 1 < parts.size() && continues_a_name(parts[i + 1])) name = "${" + name.substr(1) + "}";
        out += name;
    }
    return quoted(out);
}

std::string Wording::of(const Condition& condition) const {
    using Test = Condition::Test;
    const auto subject = of(condition.subject);
    switch (condition.test) {
        case Test::truthy: return subject;
        case Test::equal: return subject + " = " + of(condition.operand);
        case Test::not_equal: return subject + " != " + of(condition.operand);
        case Test::match: return subject + " ~ " + in_words(*condition.regex);
        case Test::not_match: return subject + " !~ " + in_words(*condition.regex);
        case Test::is_file: return "-f " + subject;
        case Test::is_not_file: return "!-f " + subject;
        case Test::is_directory: return "-d " + subject;
        case Test::is_not_directory: return "!-d " + subject;
        case Test::exists: return "-e " + subject;
        case Test::exists_not: return "!-e " + subject;
        case Test::executable: return "-x " + subject;
        case Test::executable_not: return "!-x " + subject;
    }
    return subject;
}

}   // namespace gatehouse::model
