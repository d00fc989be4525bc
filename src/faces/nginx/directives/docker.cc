// docker: the containers of an engine, beside the servers of the configuration.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "faces/nginx/directives.h"
#include "faces/nginx/values.h"

namespace gatehouse::nginx::directives {
namespace {

DockerBlock& block_of(Level& level) { return *level.compilation.docker; }

}   // namespace

void docker(Level& level, const Directive& directive) {
    if (!level.once(directive)) return;
    Compilation& compilation = level.compilation;
    DockerBlock& block = compilation.docker.emplace();
    block.where = directive.name;
    block.endpoint.position = block.default_rule.position = block.constraints.position = directive.position();
    Level inner(compilation, at::docker, &directive, &level);
    compile_directives(inner, directive.children);
    block.around = std::make_shared<const model::Route>(level.route);
}

void docker_api(Level& level, const Directive& directive) {
    if (!level.once(directive)) return;
    using Api = DockerBlock::Api;
    constexpr Choice<Api> choices[] = {{"off", Api::off}, {"on", Api::on}, {"insecure", Api::insecure}};
    DockerBlock& block = block_of(level);
    block.api_where = directive.arguments[0];
    if (const auto api = choice_value(level.compilation, block.api_where, choices)) block.api = *api;
}

// One argument, looked at when all is known.
void docker_word(Level& level, const Directive& directive) {
    if (!level.once(directive)) return;
    DockerBlock& block = block_of(level);
    const std::string& name = directive.name.text;
    Word& word = name == "endpoint"       ? block.endpoint
                 : name == "default_rule" ? block.default_rule
                                          : block.constraints;
    word = directive.arguments[0];
}

void docker_entry_point(Level& level, const Directive& directive) {
    Compilation& compilation = level.compilation;
    DockerBlock& block = block_of(level);
    DockerEntryPoint entry{.name = directive.arguments[0]};
    const auto has_name = [&](const DockerEntryPoint& other) { return other.name.text == entry.name.text; };
    if (std::ranges::any_of(block.entry_points, has_name)) {
        compilation.error(entry.name, fmt::format("duplicate entry point \"{}\"", entry.name.text),
                          "one line may name several addresses");
        return;
    }
    for (std::size_t i = 1; i < directive.arguments.size(); ++i) {
        const Word& word = directive.arguments[i];
        const bool is_port =
            word.text.find_first_not_of("0123456789-") == std::string::npos || word.text.starts_with("*:");
        const auto addresses = listen_addresses(compilation, directive, word);
        if (!addresses) return;
        for (const SocketAddress& address : *addresses)
            entry.addresses.push_back({.where = word, .address = address, .is_port_alone = is_port});
    }
    block.entry_points.push_back(std::move(entry));
}

void docker_trusted_ips(Level& level, const Directive& directive) {
    auto& trusted = block_of(level).trusted_ips;
    trusted.insert(trusted.end(), directive.arguments.begin(), directive.arguments.end());
}

}   // namespace gatehouse::nginx::directives
