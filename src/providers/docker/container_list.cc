#include "providers/docker/inspection.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <functional>

namespace gatehouse::docker {
namespace {

// "Up 3 minutes (healthy)" → "(healthy)": the time passes, the rest tells of a change.
std::string_view lasting_part(std::string_view status) {
    const auto open = status.rfind('(');
    if (open == std::string_view::npos || !status.starts_with("Up")) return {};
    return status.substr(open);
}

// [{"Id": …, "State": …}, …]. What engines write in no fixed order (ports, mounts) is not looked at, nor what
// cannot change or means nothing for routing.
class ListReader final : public nlohmann::json_sax<nlohmann::json> {
public:
    std::vector<ListedContainer> take() { return std::move(containers_); }

    bool null() override { return scalar("null"); }
    bool boolean(bool value) override { return scalar(value ? "true" : "false"); }
    bool number_integer(number_integer_t value) override { return scalar(std::to_string(value)); }
    bool number_unsigned(number_unsigned_t value) override { return scalar(std::to_string(value)); }
    bool number_float(number_float_t, const string_t& written) override { return scalar(written); }
    bool binary(binary_t&) override { return false; }
    bool string(string_t& value) override {
        if (depth_ == container_depth && key_ == "Id" && !containers_.empty()) containers_.back().id = value;
        return scalar(depth_ == container_depth && key_ == "Status" ? lasting_part(value) : value);
    }
    bool key(string_t& value) override {
        if (depth_ == container_depth) {
            key_ = value;
        } else {
            digest(value);
        }
        return true;
    }
    bool start_object(std::size_t) override {
        if (depth_ == 0) return false;   // the engine's error, or something else that is no list
        digest("{");
        if (++depth_ == container_depth) {
            containers_.emplace_back();
            key_.clear();
        }
        return true;
    }
    bool end_object() override {
        digest("}");
        return --depth_ >= container_depth || !containers_.back().id.empty();
    }
    bool start_array(std::size_t) override {
        if (depth_ == 1) return false;
        ++depth_;
        digest("[");
        return true;
    }
    bool end_array() override {
        digest("]");
        --depth_;
        return true;
    }
    bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception&) override {
        return false;
    }

private:
    static constexpr int container_depth = 2;

    bool scalar(std::string_view piece) {
        digest(piece);
        return depth_ >= container_depth;   // the list is an array, and in it is nothing but objects
    }
    void digest(std::string_view piece) {
        if (depth_ < container_depth) return;
        static constexpr std::array<std::string_view, 6> looked_at = {
            "Names", "State", "Status", "Labels", "HostConfig", "NetworkSettings"};
        if (std::ranges::find(looked_at, key_) == looked_at.end()) return;
        std::uint64_t& sum = containers_.back().digest;
        const std::uint64_t piece_sum = std::hash<std::string_view>{}(piece);
        sum = (sum ^ (piece_sum + std::hash<std::string>{}(key_))) * 0x9e3779b97f4a7c15U;
        sum ^= sum >> 29;
    }

    std::vector<ListedContainer> containers_;
    std::string key_;   // of the container's member that is being read
    int depth_ = 0;     // 1: in the list, 2: in a container
};

}   // namespace

Result<std::vector<ListedContainer>> parse_list(std::string_view json) {
    ListReader reader;
    if (!nlohmann::json::sax_parse(json, &reader))
        return fail(ErrorCode::malformed, "a list of containers", ErrorSource::upstream);
    return reader.take();
}

}   // namespace gatehouse::docker
