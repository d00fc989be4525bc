#include "check/yaml_value.h"

#include "faces/traefik/file_tree.h"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <exception>
#include <utility>

namespace gatehouse::check {
namespace {

constexpr std::string_view merge_key = "<<";

class Reading {
public:
    Reading(const std::string& path, Findings& findings) : path_(path), findings_(findings) {}

    std::optional<Value> run(std::string_view text) {
        Value root;
        try {
            root = value_of(YAML::Load(std::string(text)), 0);
        } catch (const YAML::Exception& exception) {
            fail(place_of(exception.mark), exception.msg);
        } catch (const std::exception& exception) {   // of the standard library, below yaml-cpp
            fail({path_}, exception.what());
        }
        if (failed_) return std::nullopt;
        return root;
    }

private:
    [[nodiscard]] Place place_of(const YAML::Mark& mark) const {
        if (mark.is_null()) return {path_};
        return {path_, static_cast<std::uint32_t>(mark.line + 1),
                static_cast<std::uint32_t>(mark.column + 1)};
    }

    void fail(Place place, std::string message) {
        if (!failed_) findings_.error("yaml", std::move(place), std::move(message));
        failed_ = true;
    }

    bool may_go_on(const Place& place, std::size_t depth) {
        if (++count_ > limits_.nodes) fail(place, fmt::format("more than {} values", limits_.nodes));
        if (depth > limits_.depth) fail(place, fmt::format("more than {} levels", limits_.depth));
        return !failed_;
    }

    Value value_of(const YAML::Node& node, std::size_t depth) {
        Value value;
        value.place = place_of(node.Mark());
        if (!may_go_on(value.place, depth)) return value;
        if (node.IsScalar()) {
            value.kind = Value::Kind::text;
            value.text = node.Scalar();
        } else if (node.IsSequence()) {
            value.kind = Value::Kind::list;
            for (const auto& element : node) {
                value.members.push_back({{}, place_of(element.Mark()), value_of(element, depth + 1)});
                if (failed_) break;
            }
        } else if (node.IsMap()) {
            value.kind = Value::Kind::map;
            take_members(node, value, depth);
        }
        return value;
    }

    void take_members(const YAML::Node& map, Value& into, std::size_t depth) {
        std::vector<YAML::Node> merges;
        for (const auto& pair : map) {
            const Place place = place_of(pair.first.Mark());
            if (!may_go_on(place, depth)) return;
            if (!pair.first.IsScalar()) return fail(place, "a name is a text");
            const std::string& name = pair.first.Scalar();
            if (name == merge_key) {
                merges.emplace_back(pair.second);
                continue;
            }
            if (into.find(name) != nullptr) return fail(place, fmt::format("\"{}\" is given twice", name));
            into.members.push_back({name, place, value_of(pair.second, depth + 1)});
        }
        for (const YAML::Node& merge : merges) take_merge(merge, into, depth);
    }

    // `<<: *defaults`, or a list of them: what is not there already.
    void take_merge(const YAML::Node& merge, Value& into, std::size_t depth) {
        if (merge.IsSequence()) {
            for (const auto& part : merge) take_merge(part, into, depth);
            return;
        }
        Value other = value_of(merge, depth + 1);
        if (!failed_ && !other.is_map()) return fail(other.place, "<< takes a mapping");
        for (Member& member : other.members) {
            if (into.find(member.name) == nullptr) into.members.push_back(std::move(member));
        }
    }

    const std::string& path_;
    Findings& findings_;
    const traefik::FileLimits limits_;
    bool failed_ = false;
    std::size_t count_ = 0;
};

}   // namespace

const Value* Value::find(std::string_view name) const {
    const auto found = std::ranges::find(members, name, &Member::name);
    return found == members.end() || kind != Kind::map ? nullptr : &found->value;
}

std::optional<Value> read_yaml(std::string_view text, const std::string& path, Findings& findings) {
    const traefik::FileLimits limits;
    if (text.size() > limits.bytes) {
        findings.error("yaml", {path}, fmt::format("larger than {} bytes", limits.bytes));
        return std::nullopt;
    }
    return Reading(path, findings).run(text);
}

}   // namespace gatehouse::check
