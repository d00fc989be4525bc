#pragma once
// A struct with a table (decode.h) as something to read: each option under the name it is read by. What a
// reader gets is up to the Showing: indented text here, for tests and for people; what is empty or as it
// would be anyway can be left out.

#include <concepts>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "faces/traefik/values.h"

namespace gatehouse::traefik {

struct Opaque;
struct Table;

enum class Shape : std::uint8_t { structure, list };

// Where the options go. Names are empty within lists.
class Showing {
public:
    explicit Showing(bool usual_too) : usual_too_(usual_too) {}
    Showing(const Showing&) = delete;
    Showing& operator=(const Showing&) = delete;
    virtual ~Showing() = default;

    virtual void begin(std::string_view name, Shape shape) = 0;
    virtual void end() = 0;
    virtual void text(std::string_view name, std::string_view value) = 0;
    virtual void flag(std::string_view name, bool value) = 0;
    virtual void number(std::string_view name, std::int64_t value) = 0;
    virtual void real(std::string_view name, double value) = 0;

    void show(std::string_view name, const std::string& value) { text(name, value); }
    void show(std::string_view name, bool value) { flag(name, value); }
    void show(std::string_view name, double value) { real(name, value); }
    void show(std::string_view name, Duration value) { text(name, describe(value)); }
    void show(std::string_view name, const Opaque& value);
    void show(std::string_view name, std::signed_integral auto value) { number(name, value); }
    template <class T>
    void show(std::string_view name, const std::optional<T>& value) {
        if (value) show(name, *value);
    }
    template <class T>
    void show(std::string_view name, const std::vector<T>& values) {
        if (values.empty()) return;
        begin(name, Shape::list);
        for (const T& value : values) show({}, value);
        end();
    }
    template <class T>
    void show(std::string_view name, const std::map<std::string, T>& values) {
        if (values.empty()) return;
        begin(name, Shape::structure);
        for (const auto& [key, value] : values) show(key, value);
        end();
    }
    template <class T>
    requires requires { T::table(); }
    void show(std::string_view name, const T& value) {
        static const T usual{};
        begin(name, Shape::structure);
        fields(T::table(), &value, usual_too_ ? nullptr : &usual);
        end();
    }

private:
    void fields(const Table& table, const void* object, const void* usual);

    bool usual_too_;
};

// Lines of "name: value", two spaces deeper for each level; only what differs from the default.
class TextShowing final : public Showing {
public:
    TextShowing() : Showing(false) {}
    void begin(std::string_view name, Shape shape) override;
    void end() override { --depth_; }
    void text(std::string_view name, std::string_view value) override;
    void flag(std::string_view name, bool value) override;
    void number(std::string_view name, std::int64_t value) override;
    void real(std::string_view name, double value) override;
    [[nodiscard]] const std::string& result() const { return result_; }

private:
    void line(std::string_view name, std::string_view value);

    std::string result_;
    std::size_t depth_ = 0;
};

template <class T>
[[nodiscard]] std::string shown(std::string_view name, const T& value) {
    TextShowing showing;
    showing.show(name, value);
    return showing.result();
}

}   // namespace gatehouse::traefik
