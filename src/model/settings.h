#pragma once
// The settings of a model part as words, in a fixed order, so that two levels can be compared line by line:
// dump() shows what a level changes.

#include <concepts>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/wording.h"

namespace gatehouse::model {

struct Setting {
    std::string_view key;
    std::vector<std::string> values;   // none: not set
    friend bool operator==(const Setting&, const Setting&) = default;
};

class Settings {
public:
    explicit Settings(const Wording& wording) : wording_(wording) {}

    Settings& add_lines(std::string_view key, std::vector<std::string> values) {
        all_.push_back({key, std::move(values)});
        return *this;
    }
    Settings& add(std::string_view key, std::string_view word) {   // "": not set
        return add_lines(key, word.empty() ? std::vector<std::string>() : std::vector{std::string(word)});
    }
    Settings& add(std::string_view key, const char* word) { return add(key, std::string_view(word)); }
    Settings& add(std::string_view key, const std::string& word) { return add(key, std::string_view(word)); }
    Settings& add(std::string_view key, bool on) { return add(key, on ? "on" : "off"); }
    Settings& add(std::string_view key, std::integral auto number) {
        return add(key, std::to_string(number));
    }
    Settings& add(std::string_view key, Milliseconds time) { return add(key, in_words(time)); }
    Settings& add(std::string_view key, const Template& text) {
        return add(key, text.empty() ? std::string() : wording_.of(text));
    }

    Settings& add(std::string_view key, const VariableSize& size) {
        return size.run_time.empty() ? add(key, size.bytes) : add(key, size.run_time);
    }

    [[nodiscard]] const std::vector<Setting>& all() const { return all_; }
    [[nodiscard]] const Wording& wording() const { return wording_; }

private:
    const Wording& wording_;
    std::vector<Setting> all_;
};

// All but name, origin, script, handler and limit_except.
[[nodiscard]] std::vector<Setting> settings_of(const Route& route, const Wording& wording);
// All but where it forwards to.
[[nodiscard]] std::vector<Setting> settings_of(const ForwardHandler& handler, const Wording& wording);
[[nodiscard]] std::vector<Setting> settings_of(const TunnelHandler& handler, const Wording& wording);
[[nodiscard]] std::vector<Setting> settings_of(const TcpForward& forward, const Wording& wording);
// All but names, script and handler.
[[nodiscard]] std::vector<Setting> settings_of(const TcpSite& site, const Wording& wording);
[[nodiscard]] std::vector<Setting> settings_of(const ConnectionSettings& connection, const Wording& wording);
[[nodiscard]] std::vector<Setting> settings_of(const ListenerOptions& options, const Wording& wording);
// Names of files, never what stands in them.
[[nodiscard]] std::vector<Setting> settings_of(const tls::ServerSettings& settings, const Wording& wording);
[[nodiscard]] std::vector<Setting> settings_of(const tls::ClientSettings& settings, const Wording& wording);

}   // namespace gatehouse::model
