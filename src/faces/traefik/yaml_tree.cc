#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <exception>
#include <memory>
#include <utility>
#include <vector>

#include "faces/traefik/file_tree.h"

namespace gatehouse::traefik {
namespace {

constexpr std::string_view merge_key = "<<";

class YamlReading {
public:
    YamlReading(const std::string& path, const FileLimits& limits, Remarks& remarks)
        : path_(std::make_shared<const std::string>(path)), limits_(limits), remarks_(remarks) {}

    std::optional<Node> run(std::string_view text) {
        Node root{"", std::nullopt, {}, {path_, 1, 1}};
        try {
            const YAML::Node document = YAML::Load(std::string(text));
            if (document.IsMap()) {
                take_map(document, root, 0);
            } else if (!document.IsNull()) {
                fail({path_, 1, 1}, "a configuration is a mapping of names to options");
            }
        } catch (const YAML::Exception& exception) {
            fail(origin_of(exception.mark), exception.msg);
        } catch (const std::exception& exception) {   // of the standard library, below yaml-cpp
            fail({path_, 0, 0}, exception.what());
        }
        if (failed_) return std::nullopt;
        return root;
    }

private:
    [[nodiscard]] model::Origin origin_of(const YAML::Mark& mark) const {
        if (mark.is_null()) return {path_, 0, 0};
        return {path_, mark.line + 1, mark.column + 1};
    }

    void fail(model::Origin origin, std::string message, std::string hint = {}) {
        if (!failed_) remarks_.error(std::move(origin), std::move(message), std::move(hint));
        failed_ = true;
    }

    bool may_go_on(const model::Origin& origin, std::size_t depth) {
        if (++count_ > limits_.nodes)
            fail(origin, fmt::format("more than {} names and values", limits_.nodes));
        if (depth > limits_.depth) fail(origin, fmt::format("more than {} levels", limits_.depth));
        return !failed_;
    }

    void take_map(const YAML::Node& map, Node& into, std::size_t depth) {
        std::vector<std::string> absent;   // null: not there, and not to be merged either
        for (const auto& pair : map) {
            const model::Origin origin = origin_of(pair.first.Mark());
            if (!may_go_on(origin, depth)) return;
            if (!pair.first.IsScalar()) return fail(origin, "a name is a text");
            const std::string& name = pair.first.Scalar();
            if (name == merge_key) {
                merges_.emplace_back(pair.second);
                continue;
            }
            if (pair.second.IsNull()) {
                absent.push_back(name);
                continue;
            }
            if (into.child(name) != nullptr) return fail(origin, fmt::format("\"{}\" is given twice", name));
            into.children.push_back({name, std::nullopt, {}, origin});
            take_value(pair.second, into.children.back(), depth + 1);
        }
        while (!merges_.empty() && !failed_) {   // of this mapping: those within it are done
            const YAML::Node merged = merges_.back();
            merges_.pop_back();
            take_merge(merged, into, absent, depth + 1);
        }
    }

    // `<<: *defaults`: what is not there already.
    void take_merge(const YAML::Node& merged, Node& into, const std::vector<std::string>& absent,
                    std::size_t depth) {
        const model::Origin origin = origin_of(merged.Mark());
        if (!may_go_on(origin, depth)) return;
        if (merged.IsSequence()) {
            for (const auto& part : merged) take_merge(part, into, absent, depth + 1);
            return;
        }
        if (!merged.IsMap()) return fail(origin, "<< takes a mapping");
        auto outer = std::move(merges_);
        merges_.clear();
        Node other;
        take_map(merged, other, depth);
        merges_ = std::move(outer);
        for (Node& child : other.children) {
            const bool is_absent = std::ranges::find(absent, child.name) != absent.end();
            if (!is_absent && into.child(child.name) == nullptr) into.children.push_back(std::move(child));
        }
    }

    void take_value(const YAML::Node& value, Node& into, std::size_t depth) {
        if (!may_go_on(into.origin, depth)) return;
        if (value.IsScalar()) {
            into.value = value.Scalar();
        } else if (value.IsMap()) {
            auto outer = std::move(merges_);
            merges_.clear();
            take_map(value, into, depth);
            merges_ = std::move(outer);
        } else if (value.IsSequence()) {
            std::size_t index = 0;
            for (const auto& element : value) {
                into.children.push_back(
                    {fmt::format("[{}]", index++), std::nullopt, {}, origin_of(element.Mark())});
                take_value(element, into.children.back(), depth + 1);
                if (failed_) return;
            }
        }
    }

    std::shared_ptr<const std::string> path_;
    const FileLimits& limits_;
    Remarks& remarks_;
    bool failed_ = false;
    std::size_t count_ = 0;
    std::vector<YAML::Node> merges_;
};

}   // namespace

std::optional<Node> tree_of_yaml(std::string_view text, const std::string& path, const FileLimits& limits,
                                 Remarks& remarks) {
    if (text.size() > limits.bytes) {
        remarks.error({std::make_shared<const std::string>(path), 0, 0},
                      fmt::format("larger than {} bytes", limits.bytes));
        return std::nullopt;
    }
    return YamlReading(path, limits, remarks).run(text);
}

}   // namespace gatehouse::traefik
