#include <fmt/format.h>

#include <memory>
#include <sstream>
// the rest of the library follows the header: there is no static one to link
#define TOML_HEADER_ONLY 1
#define TOML_ENABLE_FORMATTERS 0
#include <toml++/toml.h>

#include "base/text.h"
#include "faces/traefik/file_tree.h"

namespace gatehouse::traefik {
namespace {

class TomlReading {
public:
    TomlReading(const std::string& path, const FileLimits& limits, Remarks& remarks)
        : path_(std::make_shared<const std::string>(path)), limits_(limits), remarks_(remarks) {}

    std::optional<Node> run(std::string_view text) {
        Node root{"", std::nullopt, {}, {path_, 1, 1}};
        try {
            const toml::table table = toml::parse(text);
            take_table(table, root, 0);
        } catch (const toml::parse_error& error) {
            fail(origin_of(error.source()), std::string(error.description()));
        }
        if (failed_) return std::nullopt;
        return root;
    }

private:
    [[nodiscard]] model::Origin origin_of(const toml::source_region& region) const {
        return {path_, static_cast<int>(region.begin.line), static_cast<int>(region.begin.column)};
    }

    void fail(model::Origin origin, std::string message) {
        if (!failed_) remarks_.error(std::move(origin), std::move(message));
        failed_ = true;
    }

    void take_table(const toml::table& table, Node& into, std::size_t depth) {
        for (const auto& [key, value] : table) {
            if (failed_) return;
            const model::Origin origin = origin_of(key.source());
            const std::string name(key.str());
            if (into.child(name) != nullptr) return fail(origin, fmt::format("\"{}\" is given twice", name));
            into.children.push_back({name, std::nullopt, {}, origin});
            take_value(value, into.children.back(), depth + 1);
        }
    }

    void take_value(const toml::node& value, Node& into, std::size_t depth) {
        if (++count_ > limits_.nodes)
            fail(into.origin, fmt::format("more than {} names and values", limits_.nodes));
        if (depth > limits_.depth) fail(into.origin, fmt::format("more than {} levels", limits_.depth));
        if (failed_) return;
        if (const auto* table = value.as_table()) {
            take_table(*table, into, depth);
        } else if (const auto* array = value.as_array()) {
            std::size_t index = 0;
            for (const toml::node& element : *array) {
                into.children.push_back(
                    {fmt::format("[{}]", index++), std::nullopt, {}, origin_of(element.source())});
                take_value(element, into.children.back(), depth + 1);
            }
        } else if (const auto* text = value.as_string()) {
            into.value = text->get();
        } else if (const auto* number = value.as_integer()) {
            into.value = fmt::format("{}", number->get());
        } else if (const auto* real = value.as_floating_point()) {
            into.value = fmt::format("{}", real->get());
        } else if (const auto* flag = value.as_boolean()) {
            into.value = flag->get() ? "true" : "false";
        } else {
            fail(into.origin, "a date is nothing that an option takes");
        }
    }

    std::shared_ptr<const std::string> path_;
    const FileLimits& limits_;
    Remarks& remarks_;
    bool failed_ = false;
    std::size_t count_ = 0;
};

}   // namespace

std::optional<Node> tree_of_toml(std::string_view text, const std::string& path, const FileLimits& limits,
                                 Remarks& remarks) {
    if (text.size() > limits.bytes) {
        remarks.error({std::make_shared<const std::string>(path), 0, 0},
                      fmt::format("larger than {} bytes", limits.bytes));
        return std::nullopt;
    }
    return TomlReading(path, limits, remarks).run(text);
}

std::optional<Node> tree_of_file(std::string_view text, const std::string& path, const FileLimits& limits,
                                 Remarks& remarks) {
    const std::string ending = lower(path.substr(std::min(path.rfind('.'), path.size())));
    if (ending == ".toml") return tree_of_toml(text, path, limits, remarks);
    if (ending == ".yaml" || ending == ".yml" || ending == ".json")
        return tree_of_yaml(text, path, limits, remarks);
    remarks.error({std::make_shared<const std::string>(path), 0, 0}, "the file's name tells no format",
                  "let it end in .yaml, .yml, .toml or .json");
    return std::nullopt;
}

}   // namespace gatehouse::traefik
