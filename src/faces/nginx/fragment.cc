#include "faces/nginx/fragment.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "faces/nginx/catalogue.h"

namespace gatehouse::nginx {
namespace {

bool belongs_to(const Directive& directive, at::Contexts context) {
    const Entry* entry = find_directive(directive.name.text, context);
    // `server` of an upstream and `server` of http differ by their block
    return entry != nullptr && entry->arity.is_block == directive.has_block;
}

bool is_block_named(const Directive& directive, std::string_view name) {
    return directive.name.text == name && directive.has_block;
}

// A block that stands where `first` stands, so that what is said of it points there.
Directive make_block(std::string name, const Directive& first, std::vector<Directive> children) {
    Directive block{.name = first.name};
    block.name.text = std::move(name);
    block.children = std::move(children);
    block.has_block = true;
    return block;
}

template <class Predicate>
std::vector<Directive> take_if(std::vector<Directive>& directives, Predicate&& predicate) {
    std::vector<Directive> taken;
    const auto rest =
        std::stable_partition(directives.begin(), directives.end(),
                              [&](const Directive& directive) { return !predicate(directive); });
    taken.assign(std::make_move_iterator(rest), std::make_move_iterator(directives.end()));
    directives.erase(rest, directives.end());
    return taken;
}

void report(Diagnostics& diagnostics, const Directive& first, std::string message) {
    diagnostics.add({.severity = Severity::notice,
                     .message = std::move(message),
                     .position = first.name.position,
                     .length = first.name.length});
}

// Locations without a server: all that a server may hold goes into one.
void wrap_into_server(std::vector<Directive>& inside_http, Diagnostics& diagnostics) {
    const bool has_server =
        std::ranges::any_of(inside_http, [](const Directive& d) { return is_block_named(d, "server"); });
    const auto needs_server = [](const Directive& d) {
        return belongs_to(d, at::server) && !belongs_to(d, at::http);
    };
    if (has_server || std::ranges::none_of(inside_http, needs_server)) return;
    std::vector<Directive> inside =
        take_if(inside_http, [](const Directive& d) { return belongs_to(d, at::server); });
    const bool listens =
        std::ranges::any_of(inside, [](const Directive& d) { return d.name.text == "listen"; });
    report(diagnostics, inside.front(),
           fmt::format("there is no \"server\" block: everything here is put into one{}",
                       listens ? "" : " that listens on port 80"));
    Directive server = make_block("server", inside.front(), {});
    if (!listens) {
        Directive listen{.name = server.name};
        listen.name.text = "listen";
        listen.arguments.push_back(
            {.text = "80", .position = server.name.position, .length = server.name.length});
        inside.push_back(std::move(listen));
    }
    server.children = std::move(inside);
    inside_http.push_back(std::move(server));
}

}   // namespace

void complete_fragment(Document& document, Diagnostics& diagnostics) {
    std::vector<Directive>& top = document.directives;
    if (std::ranges::any_of(top, [](const Directive& d) { return is_block_named(d, "http"); })) return;
    std::vector<Directive> inside = take_if(top, [](const Directive& d) {
        return !belongs_to(d, at::main) && (belongs_to(d, at::http) || belongs_to(d, at::server));
    });
    if (inside.empty()) return;
    report(diagnostics, inside.front(), "there is no \"http\" block: everything here is taken as its inside");
    const Directive first{.name = inside.front().name};
    wrap_into_server(inside, diagnostics);
    top.push_back(make_block("http", first, std::move(inside)));
}

}   // namespace gatehouse::nginx
